package verify

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/gaveloj/gavel/judge"
	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/checker"
	"github.com/gaveloj/gavel/judge/guard"
	"github.com/gaveloj/gavel/judge/problem"
)

// DataCheck is what became of the package's own data under the package's own validators.
type DataCheck struct {
	// Checked counts the questions that were asked.
	Checked int
	// Complaints say which answers were not as they must be, in the order of the package, and which validators do not
	// compile.
	Complaints []string
	// Warnings say what a format allows, and is mostly a mistake.
	Warnings []string
}

// said is what came of a question; the zero value when nothing is wrong.
type said struct {
	kind    string // what was asked about
	text    string
	warning bool // it is no complaint
}

// CheckData asks the validators of p about its data: the input validators about every input of a test case, which each of
// them must accept, and about broken inputs, which one of them must refuse; the output validator about every answer and
// about outputs that are none; and both about the tests that the package has for them. None of it matters to judging. An
// error is a fault. asked, where it is not nil, is called after each question, with how many there have been and will be.
func CheckData(ctx context.Context, j *judge.Judge, p *problem.Problem, asked func(asked, of int)) (found DataCheck, err error) {
	c := dataCheck{judge: j, problem: p}
	defer c.release()
	if err := c.build(ctx); err != nil {
		return DataCheck{}, err
	}
	questions := c.questions()
	answers := make([]said, len(questions))
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(j.Slots())
	var mu sync.Mutex
	n := 0 // guarded by mu
	for i, ask := range questions {
		group.Go(func() error {
			err := guard.Call(func() (err error) {
				answers[i], err = ask(groupCtx)
				return err
			})
			mu.Lock()
			defer mu.Unlock()
			if n++; asked != nil {
				asked(n, len(questions))
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return DataCheck{}, err
	}
	found.Checked, found.Complaints = len(questions), c.unbuilt
	found.sum(c.unlessByDesign(answers))
	return found, nil
}

// sum takes in what was answered. Of much that is of one kind, the beginning is told and the rest counted.
func (d *DataCheck) sum(answers []said) {
	const few = 3
	count := map[said]int{}
	for _, a := range answers {
		kind := said{kind: a.kind, warning: a.warning}
		if a.text == "" {
			continue
		}
		if count[kind]++; count[kind] > few {
			continue
		}
		d.tell(a)
	}
	for _, kind := range slices.SortedFunc(maps.Keys(count), func(a, b said) int { return strings.Compare(a.kind, b.kind) }) {
		if more := count[kind] - few; more > 0 {
			d.tell(said{text: fmt.Sprintf("%s: %d more", kind.kind, more), warning: kind.warning})
		}
	}
}

func (d *DataCheck) tell(a said) {
	if a.warning {
		d.Warnings = append(d.Warnings, a.text)
	} else {
		d.Complaints = append(d.Complaints, a.text)
	}
}

// dataCheck is one call of CheckData.
type dataCheck struct {
	judge   *judge.Judge
	problem *problem.Problem
	inputs  []inputProgram        // those of Problem.InputValidators that compile
	output  *judge.PackageProgram // nil where there is none, or where it only works beside a submission
	unbuilt []string              // what is wrong with those that do not compile
}

// inputProgram is an input validator that is ready to run.
type inputProgram struct {
	*judge.PackageProgram
	path string // in the package
	// tolerant says that it takes CR LF for a line end like any, as those of testlib do.
	tolerant bool
}

// question returns what is wrong.
type question func(context.Context) (said, error)

// build compiles the validators. One that does not compile keeps the others from nothing.
func (c *dataCheck) build(ctx context.Context) error {
	for _, v := range c.problem.InputValidators {
		built, err := c.judge.BuildProgram(ctx, c.problem, v, judge.RoleInputValidator)
		if err := c.refused(v.Path, err); err != nil {
			return err
		}
		if built != nil {
			c.inputs = append(c.inputs, inputProgram{built, v.Path, v.Protocol == checker.Testlib})
		}
	}
	if c.problem.Validator == nil || c.problem.Kind.Interactive {
		return nil
	}
	built, err := c.judge.BuildProgram(ctx, c.problem, c.problem.Validator, judge.RoleOutputValidator)
	c.output = built
	return c.refused(c.problem.Validator.Path, err)
}

// refused notes a program that cannot be built, and returns any other error.
func (c *dataCheck) refused(path string, err error) error {
	if !errors.Is(err, api.ErrRejected) {
		return err
	}
	c.unbuilt = append(c.unbuilt, fmt.Sprintf("%s: %v", path, err))
	return nil
}

// release gives the programs back.
func (c *dataCheck) release() {
	for _, v := range c.inputs {
		v.Release()
	}
	if c.output != nil {
		c.output.Release()
	}
}

// questions lists what there is to ask.
func (c *dataCheck) questions() []question {
	var all []question
	for _, t := range c.problem.Tests {
		for i := range c.inputs {
			all = append(all, func(ctx context.Context) (said, error) { return c.valid(ctx, i, t) })
		}
		if c.judgesAnswers() {
			all = append(all, func(ctx context.Context) (said, error) { return c.answer(ctx, t) })
		}
	}
	if len(c.inputs) > 0 && len(c.problem.Tests) > 0 {
		all = append(all, c.lax)
	}
	if c.judgesAnswers() {
		for _, t := range c.smallest(junkTests) {
			all = append(all, func(ctx context.Context) (said, error) { return c.junkOutput(ctx, t) })
		}
	}
	for _, t := range c.problem.ValidatorTests {
		switch {
		case t.Purpose == problem.InvalidInput:
			if len(c.inputs) > 0 {
				all = append(all, func(ctx context.Context) (said, error) { return c.invalid(ctx, &t.Test) })
			}
		case !c.problem.Kind.Interactive && (c.problem.Validator == nil || c.output != nil):
			all = append(all, func(ctx context.Context) (said, error) { return c.outputTest(ctx, t) })
		}
	}
	return all
}

// judgesAnswers says whether the package has an output validator that can be asked about an output alone: one of a
// multi-pass problem asks back.
func (c *dataCheck) judgesAnswers() bool {
	return c.output != nil && !c.problem.Kind.MultiPass
}

// valid asks input validator i about the input of a test case.
func (c *dataCheck) valid(ctx context.Context, i int, t *problem.Test) (said, error) {
	r, err := c.askInput(ctx, i, t)
	if err != nil || r.Decision == checker.Accepted {
		return said{}, err
	}
	return said{kind: "inputs that an input validator refuses", text: fmt.Sprintf("%s.in: %s says: %s", t.Name, c.inputs[i].path, cut(r.JudgeMessage))}, nil
}

// invalid looks for an input validator that refuses the input.
func (c *dataCheck) invalid(ctx context.Context, t *problem.Test) (said, error) {
	for i := range c.inputs {
		switch r, err := c.askInput(ctx, i, t); {
		case err != nil:
			return said{}, err
		case r.Decision == checker.Wrong:
			return said{}, nil
		case r.Decision == checker.Error:
			return said{kind: "invalid inputs", text: fmt.Sprintf("%s.in: %s says: %s", t.Name, c.inputs[i].path, cut(r.JudgeMessage))}, nil
		}
	}
	return said{kind: "invalid inputs", text: t.Name + ".in: no input validator refuses it"}, nil
}

func (c *dataCheck) askInput(ctx context.Context, i int, t *problem.Test) (r checker.Result, err error) {
	input, err := os.ReadFile(t.Input)
	if err != nil {
		return r, fmt.Errorf("read test data: %w", err)
	}
	return c.askAbout(ctx, i, t, input)
}

// askAbout asks input validator i about an input as if it were that of a test case.
func (c *dataCheck) askAbout(ctx context.Context, i int, t *problem.Test, input []byte) (checker.Result, error) {
	flags := t.InputValidatorArgs
	if t.InputValidatorArgsOf != nil {
		base := path.Base(c.inputs[i].path)
		flags = t.InputValidatorArgsOf[strings.TrimSuffix(base, path.Ext(base))]
	}
	return c.judge.CheckInput(ctx, c.inputs[i].PackageProgram, input, flags)
}

// wrongAnswers is the kind of what answer finds.
const wrongAnswers = "answers that the output validator does not accept"

// unlessByDesign leaves out that answers are not accepted where none is, and the format does not ask for it: answers of
// such a package are something else, such as the best score.
func (c *dataCheck) unlessByDesign(answers []said) []said {
	refused := 0
	for _, a := range answers {
		if a.kind == wrongAnswers {
			refused++
		}
	}
	if refused < len(c.problem.Tests) || c.problem.Format == problem.F2025 {
		return answers
	}
	return slices.DeleteFunc(answers, func(a said) bool { return a.kind == wrongAnswers })
}

// answer asks the output validator about an answer, which has to be accepted in 2025-09. Other formats leave it open what
// an answer is, so that it is a warning there.
func (c *dataCheck) answer(ctx context.Context, t *problem.Test) (said, error) {
	text, err := os.ReadFile(t.Answer)
	if err != nil {
		return said{}, fmt.Errorf("read test data: %w", err)
	}
	r, err := c.judge.CheckOutput(ctx, c.problem, c.output, t, text)
	if err != nil || r.Decision == checker.Accepted || r.Decision == checker.Partial {
		return said{}, err
	}
	return said{
		kind:    wrongAnswers,
		text:    strings.TrimRight(fmt.Sprintf("%s.ans as an output is not accepted by %s: %s", t.Name, c.problem.Validator.Path, cut(r.JudgeMessage)), ": "),
		warning: c.problem.Format != problem.F2025,
	}, nil
}

// outputTest asks what judges outputs about one that must be accepted, or must not.
func (c *dataCheck) outputTest(ctx context.Context, t problem.ValidatorTest) (said, error) {
	output, err := os.ReadFile(t.Output)
	if err != nil {
		return said{}, fmt.Errorf("read test data: %w", err)
	}
	r, err := c.judge.CheckOutput(ctx, c.problem, c.output, &t.Test, output)
	if err != nil {
		return said{}, err
	}
	accepted := r.Decision == checker.Accepted
	if r.Decision != checker.Error && accepted == (t.Purpose == problem.ValidOutput) {
		return said{}, nil
	}
	what := "is accepted, and must not be"
	if !accepted {
		what = "must be accepted: " + cut(r.JudgeMessage)
	}
	return said{kind: "outputs to test the output validator", text: t.Name + ".out " + what}, nil
}
