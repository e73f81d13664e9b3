package judge

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/verdict"
)

// computeCap is the time limit under which example submissions run while the real one is computed.
const computeCap = time.Minute

// TimeLimit computes the time limit of p from its example submissions where the package states none, by the
// rules of its format; otherwise it returns the stated one. An error is a fault, or a *Rejection when no time
// limit follows from the submissions.
func (j *Judge) TimeLimit(ctx context.Context, p *problem.Problem) (time.Duration, error) {
	if p.Limits.TimeSource != problem.TimeComputed {
		return p.Limits.Time, nil
	}
	subs, err := p.Submissions()
	if err != nil {
		return 0, reject(verdict.ClassProblem, err)
	}
	slowest, err := j.slowestRun(ctx, p, subs)
	if err != nil {
		return 0, err
	}
	limit := leastTimeLimit(slowest, p.Limits.Multipliers)
	if p.Format != problem.Legacy && p.Format != problem.LegacyICPC {
		err = j.checkTooSlow(ctx, p, subs, limit)
	}
	return limit, err
}

// leastTimeLimit is the smallest multiple of the resolution that leaves the slowest run its margin.
func leastTimeLimit(slowest time.Duration, m problem.Multipliers) time.Duration {
	if m.Resolution <= 0 {
		return time.Duration(float64(slowest) * m.AcceptedToLimit)
	}
	steps := math.Ceil(float64(slowest) * m.AcceptedToLimit / float64(m.Resolution))
	return time.Duration(max(steps, 1)) * m.Resolution
}

// slowestRun is the CPU time of the slowest run of the submissions from which the time limit follows.
func (j *Judge) slowestRun(ctx context.Context, p *problem.Problem, subs []problem.Submission) (time.Duration, error) {
	bounding := slices.DeleteFunc(slices.Clone(subs), func(s problem.Submission) bool { return !boundsTime(s) })
	reports, err := j.judgeExamples(ctx, p, bounding, computeCap)
	if err != nil {
		return 0, err
	}
	var slowest time.Duration
	found := false
	for i, r := range reports {
		if r == nil {
			continue // its language is not offered here
		}
		if why := unusable(bounding[i], r); why != "" {
			return 0, reject(verdict.ClassProblem, fmt.Errorf(
				"compute time limit of problem %s: %s %s; mend it, or state a time limit", p.Name, bounding[i].Path, why))
		}
		found = true
		slowest = max(slowest, time.Duration(r.CPUUsec)*time.Microsecond)
	}
	if !found {
		return 0, reject(verdict.ClassProblem, fmt.Errorf(
			"compute time limit of problem %s: there is no accepted submission that runs here; state a time limit", p.Name))
	}
	return slowest, nil
}

// boundsTime tells whether a submission must fit into the time limit.
func boundsTime(s problem.Submission) bool {
	return slices.ContainsFunc(s.Expected.Rules, func(r problem.Rule) bool { return r.Bound() == problem.TimeLower })
}

// unusable says why a report is no measure; "" when it is one.
func unusable(s problem.Submission, r *Report) string {
	switch {
	case r.Verdict == verdict.JudgeError, r.Verdict == verdict.CompileError, r.Verdict == verdict.TimeLimitExceeded:
		return "got " + string(r.Verdict)
	case slices.Equal(s.Expected.Codes(), []verdict.Code{verdict.Accepted}) && r.Verdict != verdict.Accepted:
		return "must be accepted, and got " + string(r.Verdict)
	}
	return ""
}

// checkTooSlow makes sure that submissions which must be too slow are so with the margin of the format.
func (j *Judge) checkTooSlow(ctx context.Context, p *problem.Problem, subs []problem.Submission, limit time.Duration) error {
	must := slices.DeleteFunc(slices.Clone(subs), func(s problem.Submission) bool {
		return !slices.ContainsFunc(s.Expected.Rules, func(r problem.Rule) bool { return r.Bound() == problem.TimeUpper })
	})
	stretched := time.Duration(float64(limit) * p.Limits.Multipliers.LimitToExceeded)
	reports, err := j.judgeExamples(ctx, p, must, stretched)
	if err != nil {
		return err
	}
	for i, r := range reports {
		if r != nil && !slices.ContainsFunc(r.Tests, func(t TestReport) bool { return t.Verdict == verdict.TimeLimitExceeded }) {
			return reject(verdict.ClassProblem, fmt.Errorf(
				"compute time limit of problem %s: %v follows from the accepted submissions, but %s needs less than %v",
				p.Name, limit, must[i].Path, stretched))
		}
	}
	return nil
}

// judgeExamples judges submissions with all tests. The report of one that cannot be judged here is nil.
func (j *Judge) judgeExamples(
	ctx context.Context, p *problem.Problem, subs []problem.Submission, limit time.Duration,
) ([]*Report, error) {
	reports := make([]*Report, len(subs))
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(j.cfg.Pool.Slots())
	for i, s := range subs {
		group.Go(func() error {
			r, _, err := j.judgeExample(groupCtx, p, s, i, limit, nil)
			switch {
			case err == nil:
				reports[i] = &r
			case isLanguageRefusal(err):
			default:
				return err
			}
			return nil
		})
	}
	return reports, group.Wait()
}

// isLanguageRefusal tells whether a submission was refused for its language or its file names.
func isLanguageRefusal(err error) bool {
	var r *Rejection
	return errors.As(err, &r) && r.Class == verdict.ClassLanguage
}

// timeLimits remembers computed time limits by the digest of their package.
type timeLimits struct {
	mu    sync.Mutex
	known map[string]time.Duration // guarded by mu
	busy  chan struct{}            // one token: one computation at a time, so that it is measured in quiet
}

func newTimeLimits() timeLimits {
	return timeLimits{known: map[string]time.Duration{}, busy: make(chan struct{}, 1)}
}

// get returns what is known, or computes it once.
func (t *timeLimits) get(ctx context.Context, digest string, compute func() (time.Duration, error)) (time.Duration, error) {
	if limit, ok := t.look(digest); ok {
		return limit, nil
	}
	select {
	case t.busy <- struct{}{}:
	case <-ctx.Done():
		return 0, context.Cause(ctx)
	}
	defer func() { <-t.busy }()
	if limit, ok := t.look(digest); ok {
		return limit, nil
	}
	limit, err := compute()
	if err != nil {
		return 0, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.known[digest] = limit
	return limit, nil
}

func (t *timeLimits) look(digest string) (time.Duration, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	limit, ok := t.known[digest]
	return limit, ok
}
