package judge

import (
	"context"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/checker"
	"github.com/gaveloj/gavel/sandbox"
)

// complaintFile says in the place of a picture why there is none.
const complaintFile = "output_visualizer.txt"

// visualize adds the pictures of the output visualizer to what the validator left. Nothing that a visualizer does, and no
// fault of its run, changes a verdict.
func (r *runner) visualize(ctx context.Context, p pass, output []byte, checked *checker.Result) error {
	if r.programs.visualizer == nil || checked.Decision == checker.Error {
		return nil
	}
	in, err := r.invocation(p, r.programs.visualizer)
	if err != nil {
		return err
	}
	defer closeData(in)
	in.Output, in.Args, in.MultiPass, in.Feedback = output, p.test.VisualizerArgs, false, nil
	for _, a := range checked.Artifacts {
		in.Feedback = append(in.Feedback, sandbox.File{Path: a.Name, Data: a.Data})
	}
	var picture checker.Picture
	err = r.judge.leased(ctx, func(sb *sandbox.Sandbox) (err error) {
		picture, err = checker.Visualize(ctx, sb, r.programs.visualizer.program, in)
		return err
	})
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil:
		picture.Complaint = err.Error()
	default:
		checked.Artifacts = picture.Artifacts
	}
	if picture.Complaint != "" {
		text := []byte(picture.Complaint + "\n")
		checked.Artifacts = append(checked.Artifacts, api.Artifact{Kind: api.ArtifactFeedback, Name: complaintFile, Data: text})
	}
	return nil
}
