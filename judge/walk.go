package judge

import (
	"context"
	"errors"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/gaveloj/gavel/judge/grading"
	"github.com/gaveloj/gavel/message/verdict"
)

// errNotNeeded ends a run whose result no longer counts.
var errNotNeeded = errors.New("an earlier test decided the verdict")

// walk does the units of a plan with several hands, and has the outcome of doing them in order.
//
// Of two cursors, base has gone over the units whose results are known without a gap, and ahead goes on from there as
// if everything that is not known yet were accepted. What ahead comes to is worth a start. When a result is not what
// was assumed, ahead starts again from base, and what is running and no longer on its way is canceled.
//
// Units that are equal share one piece of work.
type walk struct {
	plan *grading.Plan
	work []int // piece of work by unit
	// do does the piece of work of a unit; a grader is told of the results of its group.
	do func(ctx context.Context, unit int, lines []grading.Line) (grading.Result, error)
	// progress is called when the first n test cases and static tests are over; may be called late, and out of order.
	progress func(n int)

	mu      sync.Mutex
	wake    *sync.Cond   // something that a hand may wait for has happened
	pieces  []piece      // guarded by mu
	running map[int]bool // pieces; guarded by mu
	base    *grading.Cursor
	ahead   *grading.Cursor
	// basePos and aheadPos are how many units the cursors went over.
	basePos, aheadPos int // guarded by mu, as are the cursors
	over              int // guarded by mu
	// passedBy says that ahead went over a grader that could not be started yet.
	passedBy bool // guarded by mu
	ended    bool // guarded by mu
}

// piece is a piece of work.
type piece struct {
	state  state
	result grading.Result
	err    error // with failed
	cancel context.CancelCauseFunc
	// unneeded says that it was canceled while it ran.
	unneeded bool
}

// state is how far a piece of work is.
type state int

const (
	idle state = iota
	running
	known
	failed // by a fault
)

// maxAhead bounds how far ahead of what is certain work is started, and with it the cost of an assumption that was wrong.
const maxAhead = 1000

// newWalk makes a walk. work gives units that are equal the same number, below the number of units.
func newWalk(plan *grading.Plan, work []int) *walk {
	w := &walk{
		plan: plan, work: work, progress: func(int) {},
		pieces: make([]piece, len(plan.Units)), running: map[int]bool{}, base: plan.Start(),
	}
	w.wake = sync.NewCond(&w.mu)
	w.ahead = w.base.Clone()
	w.advance()
	return w
}

// run does the work, at most hands pieces at a time. The error is a fault of the first unit in order that had one,
// where the results before it do not make that unit unnecessary.
func (w *walk) run(ctx context.Context, hands int) (*grading.Outcome, error) {
	var group errgroup.Group
	for range min(hands, len(w.plan.Units)) {
		group.Go(func() error {
			for {
				s, ok := w.take(ctx)
				if !ok {
					return nil
				}
				r, err := w.do(s.ctx, s.unit, s.lines)
				w.put(s.unit, r, err)
			}
		})
	}
	_ = group.Wait() // errors are kept by piece
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if u, more := w.base.Next(); more {
		return nil, w.pieces[w.work[u]].err
	}
	return w.base.Outcome(), nil
}

// start is a piece of work for a hand.
type start struct {
	ctx   context.Context
	unit  int
	lines []grading.Line
}

// take waits for something that is worth starting; false when there will be nothing more.
func (w *walk) take(ctx context.Context) (start, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for ctx.Err() == nil && !w.ended {
		if u, ok := w.find(); ok {
			return w.start(ctx, u), true
		}
		w.wake.Wait()
	}
	w.wake.Broadcast()
	return start{}, false
}

// find looks for the first unit that is worth starting.
func (w *walk) find() (start, bool) {
	if u, ok := w.base.Next(); ok && w.piece(u).state == idle {
		lines, _ := w.graderInput(w.base, u)
		return start{unit: u, lines: lines}, true
	}
	for w.aheadPos < w.basePos+maxAhead {
		u, ok := w.ahead.Next()
		if !ok || w.piece(u).state == failed {
			break
		}
		if w.piece(u).state == idle {
			lines, known := w.graderInput(w.ahead, u)
			if known {
				return start{unit: u, lines: lines}, true
			}
			w.passedBy = true
		}
		w.pass(w.ahead, u)
		w.aheadPos++
	}
	return start{}, false
}

// graderInput is what a unit is told by the units before it, and whether that is known already. Only graders are told
// anything.
func (w *walk) graderInput(c *grading.Cursor, unit int) ([]grading.Line, bool) {
	if w.plan.Units[unit].Kind != grading.Grader {
		return nil, true
	}
	return c.GraderInput()
}

// pass takes a cursor over the unit that it is at.
func (w *walk) pass(c *grading.Cursor, unit int) {
	if p := w.piece(unit); p.state == known {
		c.Put(p.result)
	} else {
		c.Assume()
	}
}

func (w *walk) piece(unit int) *piece { return &w.pieces[w.work[unit]] }

func (w *walk) start(ctx context.Context, s start) start {
	p := w.piece(s.unit)
	p.state, w.running[w.work[s.unit]] = running, true
	s.ctx, p.cancel = context.WithCancelCause(ctx)
	return s
}

// put takes a result in.
func (w *walk) put(unit int, r grading.Result, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	p := w.piece(unit)
	p.cancel(nil)
	delete(w.running, w.work[unit])
	switch {
	case err == nil:
		p.state, p.result = known, r
	case p.unneeded:
		p.state = idle
	default:
		p.state, p.err = failed, err
	}
	p.unneeded = false
	w.advance()
	if p.state != known || !asAssumed(r) || w.passedBy || w.ended {
		w.restart()
	}
	w.wake.Broadcast()
	w.progress(w.over)
}

// asAssumed says whether a result is what was assumed until it was known.
func asAssumed(r grading.Result) bool { return r == grading.Result{Verdict: verdict.Accepted} }

// advance takes base over what is known.
func (w *walk) advance() {
	for {
		u, more := w.base.Next()
		if more && w.piece(u).state == known {
			if w.base.Put(w.piece(u).result); u < w.plan.Tests {
				w.over = u + 1
			}
			w.basePos++
			continue
		}
		w.ended = w.ended || !more || w.piece(u).state == failed
		return
	}
}

// restart sends ahead on its way again from base, and cancels what is no longer on the way.
func (w *walk) restart() {
	w.ahead, w.aheadPos, w.passedBy = w.base.Clone(), w.basePos, false
	needed := map[int]bool{}
	for c, n := w.base.Clone(), 0; !w.ended && len(needed) < len(w.running) && n < maxAhead; n++ {
		u, more := c.Next()
		if !more || w.piece(u).state == failed {
			break
		}
		if w.piece(u).state == running && !w.piece(u).unneeded {
			needed[w.work[u]] = true
		}
		w.pass(c, u)
	}
	for i := range w.running {
		if p := &w.pieces[i]; !needed[i] && !p.unneeded {
			p.unneeded = true
			p.cancel(errNotNeeded)
		}
	}
}
