package judge

import (
	"context"
	"fmt"
	"time"

	"github.com/gaveloj/gavel/judge/checker"
	"github.com/gaveloj/gavel/judge/classify"
	"github.com/gaveloj/gavel/judge/grading"
	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/sandbox"
)

// runGrader asks the package's grader about a group whose children got lines.
func (r *runner) runGrader(ctx context.Context, g *problem.Group, lines []grading.Line) (result grading.Result, err error) {
	start := time.Now()
	grades := make([]checker.Grade, len(lines))
	for i, l := range lines {
		grades[i] = checker.Grade{Verdict: l.Verdict, Score: l.Score}
		if l.Verdict == verdict.PartiallyAccepted { // which graders do not know; the score tells it
			grades[i].Verdict = verdict.Accepted
		}
	}
	var graded checker.GraderResult
	err = r.judge.leased(ctx, func(sb *sandbox.Sandbox) error {
		grader := r.programs.grader
		graded, err = checker.RunGrader(ctx, sb, grader.program, grades, g.Legacy.Flags, grader.limits)
		return err
	})
	r.clock.add(0, time.Since(start))
	if err != nil {
		return result, fmt.Errorf("run grader of group %q: %w", g.Name, err)
	}
	if graded.Complaint != "" {
		return grading.Result{
			Verdict: verdict.JudgeError, Class: verdict.ClassChecker,
			Message: fmt.Sprintf("group %q: %s", g.Name, graded.Complaint),
		}, nil
	}
	if graded.Verdict == verdict.JudgeError {
		return grading.Result{
			Verdict: verdict.JudgeError, Class: verdict.ClassProblem,
			Message: fmt.Sprintf("group %q: the grader says JE", g.Name),
		}, nil
	}
	return grading.Result{
		Verdict: graded.Verdict, Score: verdict.Score{Kind: verdict.ScoreAbsolute, Value: graded.Score},
	}, nil
}

// runStatic asks the static validator about the submission.
func (r *runner) runStatic(ctx context.Context, u grading.Unit) (*testResult, error) {
	start := time.Now()
	submitted, err := r.submitted()
	if err != nil {
		return nil, err
	}
	in := checker.StaticInvocation{
		Args: u.Group.Static.Args, Submission: submitted, Limits: r.programs.static.limits,
		Language: r.program.compiler.language.Code, EntryPoint: r.program.entryPoint,
	}
	var checked checker.Result
	err = r.judge.leased(ctx, func(sb *sandbox.Sandbox) (err error) {
		checked, err = checker.RunStatic(ctx, sb, r.programs.static.program, in)
		return err
	})
	r.clock.add(0, time.Since(start))
	if err != nil {
		return nil, fmt.Errorf("run static validator for %s: %w", u.Name, err)
	}
	d, err := classify.Decision{}.WithChecker(checked)
	if err != nil {
		return nil, err
	}
	result := newTestResult(u.Name, classify.Facts{}, d, checked)
	result.Checker = usage(checked.Usage)
	return result, nil
}
