package verify

import (
	"context"
	"fmt"
	"os"
	"path"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/gaveloj/gavel/judge"
	"github.com/gaveloj/gavel/judge/checker"
	"github.com/gaveloj/gavel/judge/guard"
	"github.com/gaveloj/gavel/judge/problem"
)

// DataCheck is what became of the package's own data under the package's own validators.
type DataCheck struct {
	// Checked counts the questions that were asked.
	Checked int
	// Complaints say which answers were not as they must be, in the order of the package.
	Complaints []string
}

// CheckData asks the input validators of p about every input of a test case, which each of them must accept, and the
// validators about the tests that the package has for them. None of it matters to judging. An error is a fault, or a
// *Rejection when a validator cannot be built.
func CheckData(ctx context.Context, j *judge.Judge, p *problem.Problem) (found DataCheck, err error) {
	c := dataCheck{judge: j, problem: p}
	defer c.release()
	if err := c.build(ctx); err != nil {
		return DataCheck{}, err
	}
	questions := c.questions()
	complaints := make([]string, len(questions))
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(j.Slots())
	for i, ask := range questions {
		group.Go(func() error {
			return guard.Call(func() (err error) {
				complaints[i], err = ask(groupCtx)
				return err
			})
		})
	}
	if err := group.Wait(); err != nil {
		return DataCheck{}, err
	}
	found.Checked = len(questions)
	for _, text := range complaints {
		if text != "" {
			found.Complaints = append(found.Complaints, text)
		}
	}
	return found, nil
}

// dataCheck is one call of CheckData.
type dataCheck struct {
	judge   *judge.Judge
	problem *problem.Problem
	inputs  []*judge.PackageProgram // in the order of Problem.InputValidators
	output  *judge.PackageProgram   // nil where there is none, or where it only works beside a submission
}

// question returns what is wrong; "" when nothing is.
type question func(context.Context) (string, error)

func (c *dataCheck) build(ctx context.Context) error {
	for _, v := range c.problem.InputValidators {
		built, err := c.judge.BuildProgram(ctx, c.problem, v, judge.RoleInputValidator)
		if err != nil {
			return err
		}
		c.inputs = append(c.inputs, built)
	}
	if c.problem.Validator == nil || c.problem.Kind.Interactive {
		return nil
	}
	var err error
	c.output, err = c.judge.BuildProgram(ctx, c.problem, c.problem.Validator, judge.RoleOutputValidator)
	return err
}

// release gives the programs back.
func (c *dataCheck) release() {
	for _, v := range append(c.inputs, c.output) {
		if v != nil {
			v.Release()
		}
	}
}

// questions lists what there is to ask.
func (c *dataCheck) questions() []question {
	var all []question
	for _, t := range c.problem.Tests {
		for i := range c.inputs {
			all = append(all, func(ctx context.Context) (string, error) { return c.valid(ctx, i, t) })
		}
	}
	for _, t := range c.problem.ValidatorTests {
		switch {
		case t.Purpose == problem.InvalidInput:
			if len(c.inputs) > 0 {
				all = append(all, func(ctx context.Context) (string, error) { return c.invalid(ctx, &t.Test) })
			}
		case !c.problem.Kind.Interactive:
			all = append(all, func(ctx context.Context) (string, error) { return c.outputTest(ctx, t) })
		}
	}
	return all
}

// valid asks input validator i about the input of a test case.
func (c *dataCheck) valid(ctx context.Context, i int, t *problem.Test) (string, error) {
	r, err := c.askInput(ctx, i, t)
	if err != nil || r.Decision == checker.Accepted {
		return "", err
	}
	return fmt.Sprintf("%s.in: %s says: %s", t.Name, c.problem.InputValidators[i].Path, r.JudgeMessage), nil
}

// invalid looks for an input validator that refuses the input.
func (c *dataCheck) invalid(ctx context.Context, t *problem.Test) (string, error) {
	for i := range c.inputs {
		switch r, err := c.askInput(ctx, i, t); {
		case err != nil:
			return "", err
		case r.Decision == checker.Wrong:
			return "", nil
		case r.Decision == checker.Error:
			return fmt.Sprintf("%s.in: %s says: %s", t.Name, c.problem.InputValidators[i].Path, r.JudgeMessage), nil
		}
	}
	return t.Name + ".in: no input validator refuses it", nil
}

func (c *dataCheck) askInput(ctx context.Context, i int, t *problem.Test) (r checker.Result, err error) {
	input, err := os.ReadFile(t.Input)
	if err != nil {
		return r, fmt.Errorf("read test data: %w", err)
	}
	flags := t.InputValidatorArgs
	if t.InputValidatorArgsOf != nil {
		base := path.Base(c.problem.InputValidators[i].Path)
		flags = t.InputValidatorArgsOf[strings.TrimSuffix(base, path.Ext(base))]
	}
	return c.judge.CheckInput(ctx, c.inputs[i], input, flags)
}

// outputTest asks what judges outputs about one that must be accepted, or must not.
func (c *dataCheck) outputTest(ctx context.Context, t problem.ValidatorTest) (string, error) {
	output, err := os.ReadFile(t.Output)
	if err != nil {
		return "", fmt.Errorf("read test data: %w", err)
	}
	r, err := c.judge.CheckOutput(ctx, c.problem, c.output, &t.Test, output)
	if err != nil {
		return "", err
	}
	accepted := r.Decision == checker.Accepted
	if r.Decision != checker.Error && accepted == (t.Purpose == problem.ValidOutput) {
		return "", nil
	}
	what := "is accepted, and must not be"
	if !accepted {
		what = "must be accepted: " + r.JudgeMessage
	}
	return t.Name + ".out " + what, nil
}
