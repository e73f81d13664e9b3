package judge

import (
	"cmp"
	"context"
	"errors"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/gaveloj/gavel/judge/verdict"
)

// errNotNeeded ends a test whose result no longer counts.
var errNotNeeded = errors.New("an earlier test decided the verdict")

// runTests runs the tests and folds their results into the report. Several may run at a time; the report is that
// of running them in order.
func (s *session) runTests(ctx context.Context) error {
	names := testNames(s.problem)
	w := newWalk(len(names), s.sub.AllTests)
	w.done = func(n int) { s.events.testsDone(n, len(names)) }
	results, err := w.run(ctx, s.judge.cfg.ParallelTests, s.runTest)
	if err != nil {
		return err
	}
	s.report.fold(names, results, s.sub.AllTests)
	s.clock.fill(&s.report.Phases)
	if s.report.Verdict == verdict.JudgeError {
		s.report.Error = s.judgeError()
	}
	return nil
}

// judgeError explains the test that made the submission a judge error.
func (s *session) judgeError() *ErrorReport {
	for _, t := range s.report.Tests {
		if t.Verdict == verdict.JudgeError {
			return &ErrorReport{
				Class:   cmp.Or(t.Class, verdict.ClassChecker),
				Message: "output validator of test " + t.Name + ": " + t.JudgeMessage,
			}
		}
	}
	return nil
}

// walk goes through numbered tests with several hands and stops where going in order would have stopped.
//
// A test is started only while no test before it failed. When one fails, those after it are canceled; those
// before it go on, since one of them may fail too, and then that one is the first.
type walk struct {
	all  bool           // go on after a failure
	done func(upTo int) // called when the first upTo tests are over; may be called late, and out of order

	mu      sync.Mutex
	next    int                             // test to be started next; guarded by mu
	first   int                             // first test that failed, or the number of tests; guarded by mu
	over    int                             // all before it are over; guarded by mu
	results []*TestReport                   // guarded by mu
	errs    []error                         // guarded by mu
	running map[int]context.CancelCauseFunc // guarded by mu
}

func newWalk(tests int, all bool) *walk {
	return &walk{
		all: all, first: tests, done: func(int) {},
		results: make([]*TestReport, tests), errs: make([]error, tests), running: map[int]context.CancelCauseFunc{},
	}
}

// run calls test for the tests, at most hands at a time. Without an error, the result of every test is there, up
// to the first that failed, or of all tests when the walk goes on after failures. The error is that of the
// first test that had one, unless a test before it failed.
func (w *walk) run(ctx context.Context, hands int, test func(context.Context, int) (*TestReport, error)) ([]*TestReport, error) {
	var group errgroup.Group
	for range min(hands, len(w.results)) {
		group.Go(func() error {
			for {
				i, testCtx, ok := w.take(ctx)
				if !ok {
					return nil
				}
				r, err := test(testCtx, i)
				w.put(i, r, err)
			}
		})
	}
	_ = group.Wait() // errors are kept by test
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	for i, err := range w.errs {
		if err != nil && i <= w.first {
			return nil, err
		}
	}
	return w.results, nil
}

// take hands out the next test that is worth running.
func (w *walk) take(ctx context.Context) (int, context.Context, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.next >= len(w.results) || w.next > w.first || ctx.Err() != nil {
		return 0, nil, false
	}
	i := w.next
	w.next++
	testCtx, cancel := context.WithCancelCause(ctx)
	w.running[i] = cancel
	return i, testCtx, true
}

// put takes a result in. An error stops the walk as a failed test does, and also one that would go on.
func (w *walk) put(i int, r *TestReport, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.running[i](nil)
	delete(w.running, i)
	w.results[i], w.errs[i] = r, err
	failed := err != nil || r.Verdict != verdict.Accepted && !w.all
	if failed && i < w.first {
		w.first = i
		for k, cancel := range w.running {
			if k > i {
				cancel(errNotNeeded)
			}
		}
	}
	for w.over < len(w.results) && w.results[w.over] != nil {
		w.over++
	}
	w.done(min(w.over, w.first+1))
}
