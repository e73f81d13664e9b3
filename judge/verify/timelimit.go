package verify

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/gaveloj/gavel/judge"
	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/guard"
	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/verdict"
)

// computeCap is the most time that a test of an example submission gets while the time limit is computed.
const computeCap = time.Minute

// TimeComputation is how a time limit follows from the example submissions of a package.
type TimeComputation struct {
	Multipliers problem.Multipliers
	// Bounds are the times that were measured, those from below first.
	Bounds []TimeBound
	// Slowest is the slowest run that must fit, and Least what it asks of the time limit.
	Slowest, Least time.Duration
	// Most is what the fastest submission that must be too slow allows as time limit; 0 means that there is none.
	Most time.Duration
	// Limit is the least multiple of the resolution between Least and Most; 0 when there is none.
	Limit time.Duration
}

// TimeBound is what one submission asks of the time limit.
type TimeBound struct {
	Submission string
	// Tests is the pattern of the test cases that count; "" is all.
	Tests string
	// Side is problem.TimeLower where the time limit must leave room, problem.TimeUpper where it must stop it.
	Side problem.TimeUse
	// Time is the CPU time of the slowest of the test cases, Test. With AtLeast it was stopped there.
	Time    time.Duration
	Test    string
	AtLeast bool
	// Missing says why nothing was measured; "" when something was.
	Missing string
}

// TimeLimit computes the time limit of p from its example submissions where the package states none, by the
// rules of its format; otherwise it returns the stated one. An error is a fault, or a *Rejection when no time
// limit follows from the submissions.
func TimeLimit(ctx context.Context, j *judge.Judge, p *problem.Problem) (time.Duration, error) {
	if p.Limits.TimeSource != problem.TimeComputed || p.Kind.SubmitAnswer { // answers take no time
		return p.Limits.Time, nil
	}
	c, err := ComputeTimeLimit(ctx, j, p)
	if err != nil {
		return 0, err
	}
	return c.Limit, nil
}

// ComputeTimeLimit computes the time limit of p from its example submissions, also where the package states one. An
// example that must keep the limit and is not accepted does not count. With a *Rejection comes what was found until then;
// it is nil after a fault.
func ComputeTimeLimit(ctx context.Context, j *judge.Judge, p *problem.Problem) (*TimeComputation, error) {
	subs, _ := p.Submissions() // what is wrong with others is for verification
	c := &timing{judge: j, problem: p, subs: subs, out: TimeComputation{Multipliers: p.Limits.Multipliers}}
	err := c.run(ctx)
	if err != nil && !errors.Is(err, api.ErrRejected) {
		return nil, err
	}
	return &c.out, err
}

// timing is one computation of a time limit.
type timing struct {
	judge   *judge.Judge
	problem *problem.Problem
	subs    []problem.Submission
	out     TimeComputation
}

func (c *timing) run(ctx context.Context) error {
	if err := c.below(ctx); err != nil {
		return err
	}
	if c.problem.Format == problem.Legacy || c.problem.Format == problem.LegacyICPC {
		return nil // those that must be too slow are for verification there
	}
	return c.above(ctx)
}

// below measures what must fit. A submission of which only some test cases must fit could be endless on the others, so
// its time grows step by step.
func (c *timing) below(ctx context.Context) error {
	whole, part := c.bounding(problem.TimeLower)
	if err := c.measure(ctx, whole, problem.TimeLower, computeCap); err != nil {
		return err
	}
	for stop := max(2*c.least(), time.Second); len(part) > 0; stop *= 2 {
		kept := slices.Clone(c.out.Bounds)
		if err := c.measure(ctx, part, problem.TimeLower, min(stop, computeCap)); err != nil {
			return err
		}
		stopped := slices.ContainsFunc(c.out.Bounds, func(b TimeBound) bool { return b.AtLeast })
		if !stopped || stop >= computeCap {
			break
		}
		c.out.Bounds = kept
	}
	found := false
	for i := range c.out.Bounds {
		b := &c.out.Bounds[i]
		if b.AtLeast {
			b.Missing = fmt.Sprintf("needs more than %v on %s", computeCap, b.Test)
		}
		if b.Missing == "" {
			found = true
			c.out.Slowest = max(c.out.Slowest, b.Time)
		}
	}
	if !found {
		return c.refuse("%s; state a time limit", c.noneLeft())
	}
	c.out.Limit, c.out.Least = c.least(), problem.ScaleTime(c.out.Slowest, c.out.Multipliers.AcceptedToLimit)
	return nil
}

// noneLeft says why nothing was measured of what must keep the time limit.
func (c *timing) noneLeft() string {
	if len(c.out.Bounds) == 0 {
		return "there is no submission that must keep it"
	}
	reasons := make([]string, len(c.out.Bounds))
	for i, b := range c.out.Bounds {
		reasons[i] = b.Submission + ": " + b.Missing
	}
	return "there is no submission that must keep it and is accepted here (" + strings.Join(reasons, "; ") + ")"
}

// least is the time limit that leaves room for all that was measured.
func (c *timing) least() time.Duration {
	var slowest time.Duration
	for _, b := range c.out.Bounds {
		if b.Missing == "" {
			slowest = max(slowest, b.Time)
		}
	}
	return leastTimeLimit(slowest, c.out.Multipliers)
}

// above measures what must be too slow, and compares.
func (c *timing) above(ctx context.Context) error {
	whole, part := c.bounding(problem.TimeUpper)
	first := len(c.out.Bounds)
	needed := problem.ScaleTime(c.out.Limit, c.out.Multipliers.LimitToExceeded)
	if err := c.measure(ctx, slices.Concat(whole, part), problem.TimeUpper, needed); err != nil {
		return err
	}
	limit := c.out.Limit
	for _, b := range c.out.Bounds[first:] {
		if b.Missing != "" {
			continue
		}
		most := time.Duration(float64(b.Time) / c.out.Multipliers.LimitToExceeded)
		if c.out.Most == 0 || most < c.out.Most {
			c.out.Most = most
		}
		if !b.AtLeast && b.Time < needed {
			c.out.Limit = 0
		}
	}
	if c.out.Limit == 0 {
		return c.refuse("%v follows from what must keep it, with which all that must be too slow would have to take %v, and not %v; "+
			"change submissions or multipliers, or state a time limit", limit, needed,
			time.Duration(float64(c.out.Most)*c.out.Multipliers.LimitToExceeded).Round(time.Millisecond))
	}
	return nil
}

func (c *timing) refuse(format string, args ...any) error {
	return api.Refuse(verdict.ClassProblem, fmt.Errorf("compute time limit of problem %s: %w", c.problem.Name, fmt.Errorf(format, args...)))
}

// bounding lists the submissions that bound the time limit from one side: on all test cases, or on some only.
func (c *timing) bounding(side problem.TimeUse) (whole, part []problem.Submission) {
	for _, s := range c.subs {
		bounds := slices.DeleteFunc(slices.Clone(s.Expected.Rules), func(r problem.Rule) bool { return r.Bound() != side })
		switch {
		case len(bounds) == 0:
		case slices.ContainsFunc(bounds, func(r problem.Rule) bool { return r.Tests == "" }):
			whole = append(whole, s)
		default:
			part = append(part, s)
		}
	}
	return whole, part
}

// measure judges submissions and notes what they took. Runs are stopped after stop.
func (c *timing) measure(ctx context.Context, subs []problem.Submission, side problem.TimeUse, stop time.Duration) error {
	reports, err := judgeExamples(ctx, c.judge, c.problem, subs, stop)
	if err != nil {
		return err
	}
	for i, s := range subs {
		why := ""
		if r := reports[i]; r.report != nil && side == problem.TimeLower {
			why = unusable(s, r.report)
		}
		for _, rule := range s.Expected.Rules {
			if rule.Bound() != side {
				continue
			}
			b := bound(s, rule, side, reports[i])
			if why != "" {
				b = TimeBound{Submission: s.Path, Tests: rule.Tests, Side: side, Missing: why}
			}
			c.out.Bounds = append(c.out.Bounds, b)
		}
	}
	return nil
}

// bound is what one rule asks.
func bound(s problem.Submission, rule problem.Rule, side problem.TimeUse, e example) TimeBound {
	b := TimeBound{Submission: s.Path, Tests: rule.Tests, Side: side}
	switch {
	case e.report == nil:
		b.Missing = e.refused.Error()
		return b
	case e.report.Verdict == verdict.CompileError || e.report.Verdict == verdict.JudgeError:
		b.Missing = "got " + string(e.report.Verdict)
		return b
	}
	for _, t := range e.report.Tests {
		cpu := time.Duration(t.CPUUsec) * time.Microsecond
		stopped := t.Verdict == verdict.TimeLimitExceeded
		if t.Reason == verdict.ReasonWall {
			cpu = time.Duration(t.WallUsec) * time.Microsecond // it was idle, and would have gone on
		}
		if !rule.Matches(t.Name) || t.Verdict == verdict.Skipped || (b.AtLeast && !stopped) {
			continue
		}
		if b.Test == "" || cpu > b.Time || (stopped && !b.AtLeast) {
			b.Test, b.Time, b.AtLeast = t.Name, cpu, stopped
		}
	}
	if b.Test == "" {
		b.Missing = "none of its test cases was run"
	}
	return b
}

// unusable says why a report is no measure; "" when it is one.
func unusable(s problem.Submission, r *api.Report) string {
	switch {
	case r.Verdict == verdict.JudgeError, r.Verdict == verdict.CompileError:
		return "got " + string(r.Verdict)
	case r.Verdict != verdict.Accepted && r.Verdict != verdict.TimeLimitExceeded && r.Verdict != verdict.PartiallyAccepted &&
		slices.Equal(s.Expected.Codes(), []verdict.Code{verdict.Accepted}):
		return "must be accepted, and got " + string(r.Verdict)
	}
	return ""
}

// leastTimeLimit is the smallest multiple of the resolution that leaves the slowest run its margin.
func leastTimeLimit(slowest time.Duration, m problem.Multipliers) time.Duration {
	needed := problem.ScaleTime(slowest, m.AcceptedToLimit)
	if m.Resolution <= 0 {
		return needed
	}
	steps := (needed + m.Resolution - 1) / m.Resolution
	return max(steps, 1) * m.Resolution
}

// example is a judged example submission, or why its language made it impossible.
type example struct {
	report  *api.Report
	refused error
}

// judgeExamples judges submissions with all tests.
func judgeExamples(
	ctx context.Context, j *judge.Judge, p *problem.Problem, subs []problem.Submission, limit time.Duration,
) ([]example, error) {
	all := make([]example, len(subs))
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(j.Slots())
	for i, s := range subs {
		group.Go(func() error {
			return guard.Call(func() error {
				r, _, err := j.JudgeExample(groupCtx, p, s, judge.Example{Number: i, TimeLimit: limit})
				switch {
				case err == nil:
					all[i].report = &r
				case isLanguageRefusal(err):
					all[i].refused = err
				default:
					return err
				}
				return nil
			})
		})
	}
	return all, group.Wait()
}

// isLanguageRefusal tells whether a submission was refused for its language or its file names.
func isLanguageRefusal(err error) bool {
	var r *api.Rejection
	return errors.As(err, &r) && r.Class == verdict.ClassLanguage
}
