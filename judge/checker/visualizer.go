package checker

import (
	"context"
	"fmt"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/sandbox"
)

// Picture is what an output visualizer left.
type Picture struct {
	// Artifacts are the files of the feedback directory after the run: what the validator left there, and the images.
	Artifacts []api.Artifact
	// Complaint says what the visualizer did wrong; "" when it ended well. It never changes a verdict.
	Complaint string
	Usage     Usage
}

// Visualize runs an output visualizer in sb, which must be fresh from a lease:
//
//	visualizer INPUT ANSWER FEEDBACK_DIR/ [ARGS] < OUTPUT
//
// in.Feedback is what the output validator left. An error is a fault of the sandbox, and no reason to judge again.
func Visualize(ctx context.Context, sb *sandbox.Sandbox, v Program, in Invocation) (Picture, error) {
	v.Protocol = Kattis
	call, err := Prepare(ctx, sb, v, in)
	if err != nil {
		return Picture{}, err
	}
	defer call.Close()
	facts, err := call.run(ctx)
	if err != nil {
		return Picture{}, err
	}
	left, err := collectFeedback(ctx, sb, in, facts.OutputBytes)
	if err != nil {
		return Picture{}, fmt.Errorf("read feedback of %s: %w", v.name(), err)
	}
	r := reply{program: v, in: in, facts: facts}
	out := Picture{
		Artifacts: left.artifacts(judgeMessageFile, teamMessageFile, scoreFile, multiplierFile, nextPassFile),
		Usage:     Usage{CPU: facts.CPU, Wall: facts.Wall, PeakMemory: facts.PeakMemory},
	}
	what := complaint(facts, in.Limits)
	switch {
	case what == "" && left.complaint != "":
		what = left.complaint
	case what == "" && facts.ExitCode != 0:
		what = fmt.Sprintf("ended with exit code %d", facts.ExitCode)
	}
	if what != "" {
		out.Complaint = r.complain(what).JudgeMessage
	}
	return out, nil
}
