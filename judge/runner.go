package judge

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/checker"
	"github.com/gaveloj/gavel/judge/classify"
	"github.com/gaveloj/gavel/judge/grading"
	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/metrics"
	"github.com/gaveloj/gavel/sandbox"
)

// runner runs the tests of one submission and asks the checkers about them.
type runner struct {
	judge    *Judge
	problem  *problem.Problem
	limits   classify.Limits
	keep     []api.ArtifactKind // files that were asked for beside the report
	programs packagePrograms
	// One of the two: what was submitted.
	program *compiledProgram
	answers answers // of a submit-answer problem
	// submitted are the files of the submission in a validator's working directory.
	submitted func() ([]sandbox.File, error)
	clock     phaseClock
}

// packagePrograms are the programs of the package that judge a submission.
type packagePrograms struct {
	validator  *PackageProgram // nil for the default output validator
	interactor *PackageProgram // nil where the validator runs beside the submission, or none does
	static     *PackageProgram // nil when no group asks for it
	grader     *PackageProgram // nil when no group asks for it
	visualizer *PackageProgram // makes pictures; nil when there is none, or nobody asked for them
}

// release gives everything back.
func (r *runner) release() {
	if r.program != nil {
		r.program.release()
	}
	p := r.programs
	for _, v := range []*PackageProgram{p.validator, p.interactor, p.static, p.grader, p.visualizer} {
		if v != nil {
			v.Release()
		}
	}
}

// keeps reports whether files of a kind were asked for.
func (r *runner) keeps(kind api.ArtifactKind) bool { return slices.Contains(r.keep, kind) }

// runUnit gets the result of a test case or static test.
func (r *runner) runUnit(ctx context.Context, u grading.Unit) (*testResult, error) {
	switch {
	case u.Kind == grading.StaticTest:
		return r.runStatic(ctx, u)
	case r.problem.Kind.SubmitAnswer:
		return r.judgeAnswer(ctx, u.Test)
	}
	return r.runTest(ctx, u.Test)
}

// phaseClock adds up time spent by several workers.
type phaseClock struct {
	mu         sync.Mutex
	run, check time.Duration // guarded by mu
}

func (c *phaseClock) add(run, check time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.run += run
	c.check += check
}

func (c *phaseClock) fill(p *api.Phases) {
	c.mu.Lock()
	defer c.mu.Unlock()
	p.RunUsec, p.CheckUsec = c.run.Microseconds(), c.check.Microseconds()
}

// runAlone runs the program on the input of a pass, and then asks the checker when the run ended well.
func (r *runner) runAlone(ctx context.Context, p pass) (*testResult, checker.Result, error) {
	start := time.Now()
	in := p.runInput(r.judge.inputs)
	in.spill = r.judge.cfg.StateDir
	facts, err := r.program.run(ctx, in, r.limits)
	if err != nil {
		return nil, checker.Result{}, fmt.Errorf("run test %s: %w", p.test.Name, err)
	}
	defer facts.Release()
	p.openOutput = facts.StdoutFile
	r.judge.memory.after(len(facts.Stdout))
	ran := time.Now()
	r.clock.add(ran.Sub(start), 0)
	result, checked, err := r.decide(ctx, p, facts)
	if err != nil {
		return nil, checker.Result{}, fmt.Errorf("decide test %s: %w", p.test.Name, err)
	}
	result.Artifacts = append(r.outputs(facts, p.number), result.Artifacts...)
	r.clock.add(0, time.Since(ran))
	return result, checked, nil
}

// decide makes the result of a pass from the facts of its run, and asks the checker when the run ended well.
func (r *runner) decide(ctx context.Context, p pass, facts classify.Facts) (*testResult, checker.Result, error) {
	d, err := classify.Run(facts, r.limits, nil)
	if err != nil {
		return nil, checker.Result{}, err
	}
	if d.Verdict != "" {
		return newTestResult(p.test.Name, facts, d, checker.Result{}), checker.Result{}, nil
	}
	if facts.NoOutput != "" {
		checked := withoutOutput(facts.NoOutput)
		d, err = classify.Run(facts, r.limits, &checked)
		return newTestResult(p.test.Name, facts, d, checked), checker.Result{}, err
	}
	checked, err := r.check(ctx, p, facts.Stdout)
	if err != nil {
		return nil, checker.Result{}, err
	}
	if d, err = classify.Run(facts, r.limits, &checked); err != nil {
		return nil, checker.Result{}, errors.Join(err, closeNext(checked))
	}
	return r.checkedResult(p.test.Name, facts, d, checked), checked, nil
}

// checkedResult is a result with what the package's own checker used.
func (r *runner) checkedResult(name string, f classify.Facts, d classify.Decision, checked checker.Result) *testResult {
	result := newTestResult(name, f, d, checked)
	if r.programs.validator != nil {
		result.Checker = usage(checked.Usage)
	}
	return result
}

// check asks the checker about the output of a pass.
func (r *runner) check(ctx context.Context, p pass, output []byte) (checked checker.Result, err error) {
	start, kind := time.Now(), metrics.CheckerCustom
	if r.programs.validator != nil {
		checked, err = r.runValidator(ctx, p, output)
	} else {
		kind = metrics.CheckerNative
		checked, err = compare(p.test, output)
	}
	r.judge.cfg.Metrics.Checker(kind, time.Since(start))
	if err != nil {
		return checked, err
	}
	return checked, r.visualize(ctx, p, output, &checked)
}

// compare compares an output with the answer of its test case.
func compare(t *problem.Test, output []byte) (result checker.Result, err error) {
	answer, closeAnswer, err := readAnswer(t)
	if err != nil {
		return checker.Result{}, fmt.Errorf("read test data: %w", err)
	}
	defer closeAnswer()
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true)) // somebody may cut the file off meanwhile
	return t.Comparer.Compare(output, answer), nil
}

// mapFrom is from which size on an answer is mapped: to read 50 MB takes 9 ms, and as much memory.
const mapFrom = sandbox.MiB

// readAnswer reads the answer of a test case, or maps it where it is large. It must not be used after done.
func readAnswer(t *problem.Test) (answer []byte, done func(), err error) {
	f, err := sandbox.OpenRead(t.Answer)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, nil, err
	}
	if size := info.Size(); sandbox.Bytes(size) <= mapFrom {
		answer = make([]byte, size)
		n, err := f.ReadAt(answer, 0)
		if errors.Is(err, io.EOF) { // it is empty, or somebody has just cut it off
			err = nil
		}
		return answer[:n], func() {}, err
	}
	mapping, err := sandbox.Map(f)
	if err != nil {
		return nil, nil, err
	}
	return mapping.Data, mapping.Close, nil
}
