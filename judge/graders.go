package judge

import (
	"context"
	"fmt"
	"time"

	"github.com/gaveloj/gavel/judge/checker"
	"github.com/gaveloj/gavel/judge/grading"
	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/message/verdict"
	"github.com/gaveloj/gavel/sandbox"
)

// runGrader asks the package's grader about a group whose children got lines.
func (s *session) runGrader(ctx context.Context, g *problem.Group, lines []grading.Line) (result grading.Result, err error) {
	start := time.Now()
	grades := make([]checker.Grade, len(lines))
	for i, l := range lines {
		grades[i] = checker.Grade{Verdict: l.Verdict, Score: l.Score}
		if l.Verdict == verdict.PartiallyAccepted { // which graders do not know; the score tells it
			grades[i].Verdict = verdict.Accepted
		}
	}
	var r checker.GraderResult
	err = s.judge.leased(ctx, func(sb *sandbox.Sandbox) error {
		r, err = checker.RunGrader(ctx, sb, s.grader.program, grades, g.Legacy.Flags, s.grader.limits)
		return err
	})
	s.clock.add(0, time.Since(start))
	if err != nil {
		return result, fmt.Errorf("run grader of group %q: %w", g.Name, err)
	}
	if r.Complaint != "" {
		return grading.Result{
			Verdict: verdict.JudgeError, Class: verdict.ClassChecker,
			Message: fmt.Sprintf("group %q: %s", g.Name, r.Complaint),
		}, nil
	}
	if r.Verdict == verdict.JudgeError {
		return grading.Result{
			Verdict: verdict.JudgeError, Class: verdict.ClassProblem,
			Message: fmt.Sprintf("group %q: the grader says JE", g.Name),
		}, nil
	}
	return grading.Result{
		Verdict: r.Verdict, Score: verdict.Score{Kind: verdict.ScoreAbsolute, Value: r.Score},
	}, nil
}

// runStatic asks the static validator about the submission.
func (s *session) runStatic(ctx context.Context, u grading.Unit) (*TestReport, error) {
	start := time.Now()
	submitted, err := s.submitted()
	if err != nil {
		return nil, err
	}
	in := checker.StaticInvocation{
		Args: u.Group.Static.Args, Submission: submitted, Limits: s.static.limits,
		Language: s.language.Code, EntryPoint: s.entryPoint,
	}
	var r checker.Result
	err = s.judge.leased(ctx, func(sb *sandbox.Sandbox) (err error) {
		r, err = checker.RunStatic(ctx, sb, s.static.program, in)
		return err
	})
	s.clock.add(0, time.Since(start))
	if err != nil {
		return nil, fmt.Errorf("run static validator for %s: %w", u.Name, err)
	}
	d, err := decision{}.withChecker(r)
	if err != nil {
		return nil, err
	}
	report := testReport(u.Name, runFacts{}, d, r)
	report.Checker = usage(r.Usage)
	return report, nil
}
