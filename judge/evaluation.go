package judge

import (
	"context"
	"time"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/grading"
	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/schedule"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/sandbox"
)

// request is what is judged: files as a submission to a problem.
type request struct {
	problem    *problem.Problem
	submission api.Submission
	files      []sandbox.File // as submitted
	timeLimit  time.Duration
	example    bool // of the package; it names its language as the format does
	// timeLimitFactor, where it is more than 1, lets runs go on beyond the time limit, up to this many times of it. The
	// verdicts are by the limit.
	timeLimitFactor float64
}

// evaluation takes one submission through its stages: a compiler makes its program, a runner runs and checks the tests,
// and a reporter puts together what is told of it.
//
//	request -> compiler -> compiledProgram -> runner -> testResult -> reporter -> api.Report
type evaluation struct {
	compiler compiler
	plan     *grading.Plan
	runner   runner
	reporter reporter
}

// judge judges a request. Errors are those of Judge.
func (j *Judge) judge(ctx context.Context, r request, emit func(api.Event)) (api.Report, error) {
	start := time.Now()
	e, err := j.newEvaluation(r, emit)
	if err != nil {
		return api.Report{}, err
	}
	err = e.run(ctx)
	if ctx.Err() != nil {
		return api.Report{}, context.Cause(ctx)
	}
	if err != nil {
		return api.Report{}, err
	}
	e.reporter.report.Phases.TotalUsec = time.Since(start).Microseconds()
	e.reporter.events.done(e.reporter.report.Verdict)
	return e.reporter.report, nil
}

// newEvaluation looks at everything that can be refused before any work is done.
func (j *Judge) newEvaluation(r request, emit func(api.Event)) (*evaluation, error) {
	l, err := j.chooseLanguage(r)
	if err != nil {
		return nil, err
	}
	limits := limitsFor(r.problem, l, r.timeLimit, r.timeLimitFactor)
	return &evaluation{
		compiler: compiler{judge: j, problem: r.problem, language: l, files: r.files, entryPoint: r.submission.EntryPoint},
		plan:     grading.New(r.problem, r.submission.AllTests),
		runner: runner{
			judge: j, problem: r.problem, limits: limits, keep: r.submission.Keep,
			submitted: func() ([]sandbox.File, error) { return nil, nil },
		},
		reporter: j.newReporter(r, l, limits, emit),
	}, nil
}

// run takes the submission through its stages.
func (e *evaluation) run(ctx context.Context) error {
	e.reporter.events.stage(api.StageReceived)
	if over := overCodeLimit(e.compiler.problem, e.compiler.files); over != "" {
		e.reporter.compileError(e.plan, verdict.ReasonCodeLimit, over)
		return nil
	}
	if err := e.awaitLanguages(ctx); err != nil {
		return err
	}
	e.reporter.events.stage(api.StageCompiling)
	start := time.Now()
	defer e.runner.release()
	var failed bool
	err := e.runner.judge.slots.Hold(ctx, func() (err error) {
		if err := e.buildPrograms(ctx); err != nil {
			return err
		}
		failed, err = e.prepare(ctx)
		return err
	})
	if err != nil {
		return err
	}
	e.reporter.report.Phases.CompileUsec = time.Since(start).Microseconds()
	if failed {
		return nil
	}
	return e.runTests(ctx)
}

// buildPrograms builds what the package brings for judging.
func (e *evaluation) buildPrograms(ctx context.Context) (err error) {
	j, p, programs := e.runner.judge, e.runner.problem, &e.runner.programs
	for _, one := range []struct {
		to     **PackageProgram
		source *problem.Validator
		role   Role
		needed bool
	}{
		{&programs.validator, p.Validator, RoleOutputValidator, true},
		{&programs.interactor, p.Interactor, RoleInteractor, true},
		{&programs.static, p.StaticValidator, RoleStaticValidator, e.plan.Has(grading.StaticTest)},
		{&programs.grader, p.Grader, RoleGrader, e.plan.Has(grading.Grader)},
		{&programs.visualizer, p.Visualizer, RoleVisualizer, e.runner.keeps(api.ArtifactFeedback)},
	} {
		if one.source == nil || !one.needed {
			continue
		}
		if *one.to, err = j.BuildProgram(ctx, p, one.source, one.role); err != nil {
			return err
		}
	}
	return nil
}

// prepare compiles the program, or reads the answers. It returns true where that ended the judgement with CE.
func (e *evaluation) prepare(ctx context.Context) (failed bool, err error) {
	if e.compiler.problem.Kind.SubmitAnswer {
		a, broken := openAnswers(e.compiler.files, e.compiler.problem.Tests)
		if broken != "" {
			e.reporter.compileError(e.plan, verdict.ReasonNoProgram, broken)
			return true, nil
		}
		e.runner.answers, e.reporter.report.Compile.Log = a, a.unused()
		return false, nil
	}
	program, result, err := e.compiler.compile(ctx)
	if err != nil {
		return false, err
	}
	e.reporter.report.LanguageVersion = e.compiler.version()
	e.reporter.compiled(ctx, result)
	if result.Failure != "" {
		e.reporter.compileError(e.plan, result.Failure, result.Report.Log)
		return true, nil
	}
	e.runner.program, e.runner.submitted = program, program.forValidators
	return false, nil
}

// runTests does everything that the plan asks for and puts the results into the report. Several tests run at a
// time where slots are idle; the report is that of running them in order.
func (e *evaluation) runTests(ctx context.Context) error {
	items, err := schedule.WorkItems(e.runner.problem, e.plan)
	if err != nil {
		return err
	}
	results := make([]*testResult, len(e.plan.Units)) // by work item; each is written by the worker that does it
	s := schedule.New(e.plan, items)
	s.Progress = func(n int) { e.reporter.events.testsDone(n, e.plan.Tests) }
	s.Do = func(ctx context.Context, unit int, lines []grading.Line) (grading.Result, error) {
		u := e.plan.Units[unit]
		if u.Kind == grading.Grader {
			return e.runner.runGrader(ctx, u.Group, lines)
		}
		r, err := e.runner.runUnit(ctx, u)
		if err != nil {
			return grading.Result{}, err
		}
		r.Artifacts = e.reporter.keepFiles(ctx, u.Name, r.Artifacts)
		results[items[unit]] = r
		return r.forGrading(u), nil
	}
	outcome, err := s.Run(ctx, e.runner.judge.slots)
	if err != nil {
		return err
	}
	fillReport(&e.reporter.report, e.plan, outcome, func(unit int) *testResult { return results[items[unit]] }, items)
	e.runner.clock.fill(&e.reporter.report.Phases)
	return nil
}
