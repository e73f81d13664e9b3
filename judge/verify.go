package judge

import (
	"context"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/message/verdict"
	"github.com/gaveloj/gavel/sandbox"
)

// VerifyOptions tune Verify.
type VerifyOptions struct {
	// TimeLimit overrides the package's, or the computed one; 0 means none.
	TimeLimit time.Duration
	// Parallel is how many submissions are judged at once; 0 means one per slot.
	Parallel int
	// Progress, when set, is called, one call at a time, as tests finish; path names the submission.
	Progress func(path string, ev Event)
}

// VerifyRow is the judgement of one example submission of a package.
type VerifyRow struct {
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
	Report  Report
	// Err is a refusal that concerns this submission alone; Report is then empty.
	Err error
}

// Verification is what Verify finds out about a package as a whole.
type Verification struct {
	TimeLimit time.Duration
	// Computation says how the time limit follows from the example submissions; nil when it was not computed.
	Computation *TimeComputation
	Margins     Margins
}

// Verify judges every example submission of p with all tests, and calls row for each in the order of the
// package, as soon as it and all before it are done. An error is a fault, or a *Rejection that concerns the whole
// package; the Verification then holds what was found until then.
func (j *Judge) Verify(ctx context.Context, p *problem.Problem, opts VerifyOptions, row func(VerifyRow)) (Verification, error) {
	var found Verification
	switch {
	case opts.TimeLimit != 0:
		found.TimeLimit = opts.TimeLimit
	case p.Limits.TimeSource != problem.TimeComputed:
		found.TimeLimit = p.Limits.Time
	default:
		var err error
		if found.Computation, err = j.ComputeTimeLimit(ctx, p); err != nil {
			return found, err
		}
		found.TimeLimit = found.Computation.Limit
	}
	subs, broken := p.Submissions()
	if opts.Parallel <= 0 {
		opts.Parallel = j.cfg.Pool.Slots()
	}
	found.Margins.Factor = p.Limits.Multipliers.LimitToExceeded
	v := verification{judge: j, problem: p, opts: opts, rows: newRowQueue(len(subs), row), found: found}
	err := v.run(ctx, subs)
	if err == nil && broken != nil {
		err = reject(verdict.ClassProblem, broken)
	}
	return v.found, err
}

// verification is one call of Verify.
type verification struct {
	judge   *Judge
	problem *problem.Problem
	opts    VerifyOptions
	rows    *rowQueue
	found   Verification // its margins are guarded by mu

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
			r, err := v.judgeOne(groupCtx, s, i)
			if err != nil {
				return err
			}
			v.rows.put(i, r)
			return nil
		})
	}
	return group.Wait()
}

// judgeOne makes the row of one submission.
func (v *verification) judgeOne(ctx context.Context, s problem.Submission, i int) (VerifyRow, error) {
	row := VerifyRow{Problem: v.problem.Name, Submission: s.Path, Expected: s.Expected.Codes()}
	emit := func(ev Event) {
		if v.opts.Progress != nil {
			v.progress.Lock()
			defer v.progress.Unlock()
			v.opts.Progress(s.Path, ev)
		}
	}
	run := exampleRun{number: i, limit: v.found.TimeLimit, emit: emit}
	if bounds(s, problem.TimeUpper) {
		run.stretch = max(v.found.Margins.Factor, 1)
	}
	report, language, err := v.judge.judgeExample(ctx, v.problem, s, run)
	if err == nil && run.stretch > 1 && hidesTooSlow(&report) {
		run.stretch = 1
		report, language, err = v.judge.judgeExample(ctx, v.problem, s, run)
	}
	row.Language, row.Report = language, report
	switch {
	case isLanguageRefusal(err):
		row.Skipped, row.Err = true, err
		return row, nil
	case err != nil:
		return row, fmt.Errorf("judge %s: %w", s.Path, err)
	}
	row.Complaints = s.Expected.Check(Judged(&report))
	row.OK = len(row.Complaints) == 0
	row.NearLimit = v.found.near(&report, run.stretch > 1)
	v.mu.Lock()
	defer v.mu.Unlock()
	v.found.add(s, &report)
	return row, nil
}

// exampleRun says how an example submission is judged.
type exampleRun struct {
	number  int // tells it from the others
	limit   time.Duration
	stretch float64 // see Judge.judge
	emit    func(Event)
}

// judgeExample judges an example submission with all tests. It also returns the ID of the language that was chosen.
func (j *Judge) judgeExample(ctx context.Context, p *problem.Problem, s problem.Submission, run exampleRun) (Report, string, error) {
	files := make([]sandbox.File, 0, len(s.Files))
	for _, f := range s.Files {
		file, err := packageFile(f)
		if err != nil {
			return Report{}, "", err
		}
		files = append(files, file)
	}
	sub := Submission{
		Version: reportVersion, ID: fmt.Sprintf("example-%d", run.number+1), Attempt: 1, Problem: p.Name,
		Language: s.Language, EntryPoint: s.EntryPoint, TimeLimitUsec: run.limit.Microseconds(), AllTests: true,
	}
	report, err := j.judge(ctx, p, sub, files, run.stretch, run.emit)
	return report, report.Language, err
}

// rowQueue passes rows on in order, whatever the order in which they come.
type rowQueue struct {
	pass func(VerifyRow)

	mu   sync.Mutex
	rows []*VerifyRow // guarded by mu
	next int          // guarded by mu
}

func newRowQueue(n int, pass func(VerifyRow)) *rowQueue {
	return &rowQueue{pass: pass, rows: make([]*VerifyRow, n)}
}

func (q *rowQueue) put(i int, r VerifyRow) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.rows[i] = &r
	for q.next < len(q.rows) && q.rows[q.next] != nil {
		q.pass(*q.rows[q.next])
		q.rows[q.next] = nil
		q.next++
	}
}
