package judge

import (
	"context"

	"github.com/gaveloj/gavel/judge/checker"
	"github.com/gaveloj/gavel/message"
	"github.com/gaveloj/gavel/sandbox"
)

// complaintFile says in the place of a picture why there is none.
const complaintFile = "output_visualizer.txt"

// draw adds the pictures of the output visualizer to what the validator left. Nothing that a visualizer does, and no
// fault of its run, changes a verdict.
func (s *session) draw(ctx context.Context, p pass, output []byte, r *checker.Result) error {
	if s.visualizer == nil || r.Decision == checker.Error {
		return nil
	}
	in, err := s.invocation(p, s.visualizer)
	if err != nil {
		return err
	}
	defer closeData(in)
	in.Output, in.Args, in.MultiPass, in.Feedback = output, p.test.VisualizerArgs, false, nil
	for _, a := range r.Artifacts {
		in.Feedback = append(in.Feedback, sandbox.File{Path: a.Name, Data: a.Data})
	}
	var picture checker.Picture
	err = s.judge.leased(ctx, func(sb *sandbox.Sandbox) (err error) {
		picture, err = checker.Visualize(ctx, sb, s.visualizer.program, in)
		return err
	})
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil:
		picture.Complaint = err.Error()
	default:
		r.Artifacts = picture.Artifacts
	}
	if picture.Complaint != "" {
		text := []byte(picture.Complaint + "\n")
		r.Artifacts = append(r.Artifacts, message.Artifact{Kind: message.ArtifactFeedback, Name: complaintFile, Data: text})
	}
	return nil
}
