package judge

import (
	"cmp"
	"context"

	"github.com/gaveloj/gavel/judge/grading"
	"github.com/gaveloj/gavel/message/verdict"
)

// runTests does everything that the plan asks for and puts the results into the report. Several tests may run at a
// time; the report is that of running them in order.
func (s *session) runTests(ctx context.Context) error {
	work, err := s.judge.equal.work(s.problem, s.plan)
	if err != nil {
		return err
	}
	results := make([]*TestReport, len(s.plan.Units)) // by piece of work; each is written by the hand that does it
	w := newWalk(s.plan, work)
	w.progress = func(n int) { s.events.testsDone(n, s.plan.Tests) }
	w.do = func(ctx context.Context, unit int, lines []grading.Line) (grading.Result, error) {
		u := s.plan.Units[unit]
		if u.Kind == grading.Grader {
			return s.runGrader(ctx, u.Group, lines)
		}
		r, err := s.runUnit(ctx, u)
		if err != nil {
			return grading.Result{}, err
		}
		results[work[unit]] = r
		return graded(u, r), nil
	}
	outcome, err := w.run(ctx, s.judge.cfg.ParallelTests)
	if err != nil {
		return err
	}
	fold(&s.report, s.plan, outcome, func(unit int) *TestReport { return results[work[unit]] }, work)
	s.clock.fill(&s.report.Phases)
	return nil
}

// runUnit gets the report of a test case or static test.
func (s *session) runUnit(ctx context.Context, u grading.Unit) (r *TestReport, err error) {
	switch {
	case u.Kind == grading.StaticTest:
		r, err = s.runStatic(ctx, u)
	case s.problem.Kind.SubmitAnswer:
		r, err = s.judgeAnswer(ctx, u.Test)
	default:
		r, err = s.runTest(ctx, u.Test)
	}
	if err != nil {
		return nil, err
	}
	r.Artifacts = s.keep(ctx, u.Name, r.Artifacts)
	return r, nil
}

// graded is what a report means to the rules of grading.
func graded(u grading.Unit, r *TestReport) grading.Result {
	result := grading.Result{Verdict: r.Verdict, Score: r.Given}
	if r.Verdict == verdict.JudgeError {
		validator := "output validator of test "
		if u.Kind == grading.StaticTest {
			validator = "static validator: test "
		}
		result.Class = cmp.Or(r.Class, verdict.ClassChecker)
		result.Message = validator + u.Name + ": " + r.JudgeMessage
	}
	return result
}
