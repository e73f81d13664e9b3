package judge

import (
	"context"

	"github.com/gaveloj/gavel/judge/checker"
	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/sandbox"
)

// CheckInput asks an input validator about the input of a test case.
func (j *Judge) CheckInput(ctx context.Context, v *PackageProgram, input []byte, flags []string) (r checker.Result, err error) {
	err = j.leased(ctx, func(sb *sandbox.Sandbox) (err error) {
		r, err = checker.RunInputValidator(ctx, sb, v.program, input, flags, v.limits)
		return err
	})
	return r, err
}

// CheckOutput asks what judges the outputs of p about one, as that of the only pass of a submission without files. v is
// the package's output validator; nil where it has none.
func (j *Judge) CheckOutput(ctx context.Context, p *problem.Problem, v *PackageProgram, t *problem.Test, output []byte) (checker.Result, error) {
	nothing := func() ([]sandbox.File, error) { return nil, nil }
	r := runner{judge: j, problem: p, programs: packagePrograms{validator: v}, submitted: nothing}
	checked, err := r.check(ctx, pass{test: t}, output)
	if err == nil {
		err = closeNext(checked) // nothing is run here
	}
	return checked, err
}
