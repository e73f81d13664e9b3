package verify

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/gaveloj/gavel/judge"
	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/guard"
	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/problem/issue"
	"github.com/gaveloj/gavel/judge/verdict"
)

// Options tune Package.
type Options struct {
	// TimeLimit overrides the package's, or the computed one; 0 means none.
	TimeLimit time.Duration
	// Parallel is how many submissions are judged at once; 0 means one per slot.
	Parallel int
	// Only chooses the submissions that are judged; nil is all.
	Only func(problem.Submission) bool
	// Part says that the problem was left with a part of its test cases: what must be failed may be passed.
	Part bool
	// FailFast stops at the first submission that is not as expected.
	FailFast bool
	// Progress, when set, is called, one call at a time, as tests finish; path names the submission.
	Progress func(path string, ev api.Event)
}

// Row is the judgement of one example submission of a package.
type Row struct {
	Problem    string
	Submission string // path in the package, e.g. "submissions/accepted/sum.cc"
	Language   string // ID; "" when none could be chosen
	// Expected sums up what the package expects, as far as verdicts can say it.
	Expected []verdict.Code
	OK       bool
	// Complaints are the reasons why the judgement is not as expected; none when it is.
	Complaints []string
	// NearLimit names the test cases whose CPU time is near the time limit: no further off than the safety margin.
	NearLimit []string
	// Skipped says that the submission could not be judged here, because its language is not offered; the
	// reason is in Err. It is not OK.
	Skipped bool
	Report  api.Report
	// Err is a refusal that concerns this submission alone; Report is then empty.
	Err error
}

// Findings is what Package finds out about a package as a whole.
type Findings struct {
	TimeLimit time.Duration
	// Computation says how the time limit follows from the example submissions; nil when it was not computed.
	Computation *TimeComputation
	// Uncomputed says why no time limit follows from the example submissions, which are then judged by the package's default
	// all the same; nil otherwise. It is a *Rejection.
	Uncomputed error
	Margins    Margins
	// Stopped says that FailFast left submissions out.
	Stopped bool
	// Warnings are what the submissions show of the test cases.
	Warnings []issue.Issue
	// Undecided names the secret test cases that no submission fails, in judging order; none where no submission fails any
	// at all, and unless all test cases and submissions were judged.
	Undecided []string
}

// errFailFast stops the others after a submission that is not as expected.
var errFailFast = errors.New("a submission is not as expected")

// Package judges every example submission of p with all tests, and calls row for each in the order of the
// package, as soon as it and all before it are done. An error is a fault, or a *Rejection that concerns the whole
// package; the Findings then holds what was found until then.
func Package(ctx context.Context, j *judge.Judge, p *problem.Problem, opts Options, row func(Row)) (Findings, error) {
	var found Findings
	switch {
	case opts.TimeLimit != 0:
		found.TimeLimit = opts.TimeLimit
	case p.Limits.TimeSource != problem.TimeComputed:
		found.TimeLimit = p.Limits.Time
	default:
		if err := found.compute(ctx, j, p); err != nil {
			return found, err
		}
	}
	subs, broken := p.Submissions()
	if opts.Only != nil {
		subs = slices.DeleteFunc(subs, func(s problem.Submission) bool { return !opts.Only(s) })
	}
	if opts.Parallel <= 0 {
		opts.Parallel = j.Slots()
	}
	found.Margins.Factor = p.Limits.Multipliers.LimitToExceeded
	v := verification{judge: j, problem: p, opts: opts, rows: newRowQueue(len(subs), row), found: found, covered: newCoverage()}
	err := v.run(ctx, subs)
	if errors.Is(err, errFailFast) {
		v.found.Stopped, err = true, nil
		v.rows.flush()
	}
	if err == nil {
		v.concludeTests()
	}
	if err == nil && broken != nil {
		err = api.Refuse(verdict.ClassProblem, broken)
	}
	return v.found, err
}

// concludeTests says what the rows show of the test cases.
func (v *verification) concludeTests() {
	v.found.Warnings = v.covered.doubtful(v.problem.Tests)
	if v.opts.Only != nil || v.opts.Part || v.found.Stopped {
		return
	}
	undecided, warnings := v.covered.undecided(v.problem)
	v.found.Undecided, v.found.Warnings = undecided, append(v.found.Warnings, warnings...)
}

// compute sets the time limit to the computed one, or to the default where none follows. The error is a fault.
func (f *Findings) compute(ctx context.Context, j *judge.Judge, p *problem.Problem) error {
	c, err := ComputeTimeLimit(ctx, j, p)
	if c == nil {
		return err
	}
	f.Computation, f.Uncomputed = c, err
	f.TimeLimit = cmp.Or(c.Limit, p.Limits.Time)
	return nil
}

// verification is one call of Package.
type verification struct {
	judge   *judge.Judge
	problem *problem.Problem
	opts    Options
	rows    *rowQueue
	found   Findings  // its margins are guarded by mu
	covered *coverage // guarded by mu

	mu       sync.Mutex
	progress sync.Mutex // held while Progress is called
}

func (v *verification) run(ctx context.Context, subs []problem.Submission) error {
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(v.opts.Parallel)
	for i, s := range subs {
		group.Go(func() error {
			if groupCtx.Err() != nil {
				return context.Cause(groupCtx)
			}
			return guard.Call(func() error {
				r, err := v.judgeOne(groupCtx, s, i)
				if err != nil {
					return err
				}
				v.rows.put(i, r)
				if v.opts.FailFast && !r.OK {
					return errFailFast
				}
				return nil
			})
		})
	}
	return group.Wait()
}

// judgeOne makes the row of one submission.
func (v *verification) judgeOne(ctx context.Context, s problem.Submission, i int) (Row, error) {
	row := Row{Problem: v.problem.Name, Submission: s.Path, Expected: s.Expected.Codes()}
	emit := func(ev api.Event) {
		if v.opts.Progress != nil {
			v.progress.Lock()
			defer v.progress.Unlock()
			v.opts.Progress(s.Path, ev)
		}
	}
	run := judge.Example{Number: i, TimeLimit: v.found.TimeLimit, Emit: emit}
	if bounds(s, problem.TimeUpper) {
		run.TimeLimitFactor = max(v.found.Margins.Factor, 1)
	}
	report, language, err := v.judge.JudgeExample(ctx, v.problem, s, run)
	if err == nil && run.TimeLimitFactor > 1 && hidesTooSlow(&report) {
		run.TimeLimitFactor = 1
		report, language, err = v.judge.JudgeExample(ctx, v.problem, s, run)
	}
	row.Language, row.Report = language, report
	switch {
	case isLanguageRefusal(err):
		row.Skipped, row.Err = true, err
		return row, nil
	case err != nil:
		return row, fmt.Errorf("judge %s: %w", s.Path, err)
	}
	expected := s.Expected
	if v.opts.Part {
		expected = expected.OnPart()
	}
	row.Complaints = expected.Check(Judged(&report))
	row.OK = len(row.Complaints) == 0
	row.NearLimit = v.found.near(&report, run.TimeLimitFactor > 1)
	v.mu.Lock()
	defer v.mu.Unlock()
	v.found.add(s, &report)
	v.covered.add(row)
	return row, nil
}

// rowQueue passes rows on in order, whatever the order in which they come.
type rowQueue struct {
	pass func(Row)

	mu   sync.Mutex
	rows []*Row // guarded by mu
	next int    // guarded by mu
}

func newRowQueue(n int, pass func(Row)) *rowQueue {
	return &rowQueue{pass: pass, rows: make([]*Row, n)}
}

func (q *rowQueue) put(i int, r Row) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.rows[i] = &r
	for q.next < len(q.rows) && q.rows[q.next] != nil {
		q.pass(*q.rows[q.next])
		q.rows[q.next] = nil
		q.next++
	}
}

// flush passes on all that came, also behind one that did not.
func (q *rowQueue) flush() {
	q.mu.Lock()
	defer q.mu.Unlock()
	for ; q.next < len(q.rows); q.next++ {
		if r := q.rows[q.next]; r != nil {
			q.pass(*r)
		}
	}
}
