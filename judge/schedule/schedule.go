package schedule

import (
	"context"
	"errors"
	"sync"

	"github.com/gaveloj/gavel/judge/grading"
	"github.com/gaveloj/gavel/judge/guard"
	"github.com/gaveloj/gavel/judge/verdict"
)

// ErrNotNeeded is the cause with which a run is canceled whose result no longer counts.
var ErrNotNeeded = errors.New("an earlier test decided the verdict")

// Scheduler does the units of a plan with several workers, and has the outcome of doing them in order. Units that are
// equal share one work item.
//
// Two cursors go over the plan. The confirmed one has gone over the units whose results are known without a gap. The
// speculative one goes on from there as if everything that is not known yet were accepted: what it comes to is worth a
// start. When a result is not what was assumed, the speculative cursor starts again from the confirmed one, and items that
// run and are no longer on its way are canceled.
//
// A work item is in one of five states:
//
//	        next              complete: a result
//	idle ---------> running ---------------------> known
//	 ^               |    |  complete: a fault
//	 |       restart |    `----------------------> failed
//	 |               v
//	 `---------- unneeded -----------------------> known   complete: a result, although it was canceled
//	   complete:
//	   a fault
type Scheduler struct {
	plan  *grading.Plan
	items []int // work item by unit
	// Do does the work of a unit; a grader is told of the results of its group. A panic is a fault. Set before Run.
	Do func(ctx context.Context, unit int, lines []grading.Line) (grading.Result, error)
	// Progress is called when the first n test cases and static tests are finished, without any lock held; it may be called
	// late, and out of order. Set before Run.
	Progress func(n int)

	mu          sync.Mutex
	changed     *sync.Cond      // something that a worker may wait for has happened
	work        []workItem      // guarded by mu
	active      map[int]bool    // work items that are running or unneeded; guarded by mu
	confirmed   *grading.Cursor // guarded by mu
	speculative *grading.Cursor // guarded by mu
	// confirmedPos and speculativePos are how many units the cursors have gone over.
	confirmedPos, speculativePos int // guarded by mu
	finished                     int // test cases and static tests; guarded by mu
	// skippedGrader is set when the speculative cursor went over a grader that could not be started yet.
	skippedGrader bool // guarded by mu
	ended         bool // guarded by mu
	steps         int  // what the cursors have cost; guarded by mu
}

// workItem is the work of one unit, or of several that are equal.
type workItem struct {
	state  state
	result grading.Result // when known
	err    error          // when failed
	cancel context.CancelCauseFunc
}

// state is how far a work item is; see Scheduler.
type state int

const (
	idle state = iota
	running
	unneeded // running, and canceled because it no longer counts
	known
	failed // by a fault
)

// maxSpeculation bounds how many units beyond the confirmed ones are started, and with it the cost of a wrong assumption.
const maxSpeculation = 1000

// New makes a Scheduler. items gives units that are equal the same number, below the number of units.
func New(plan *grading.Plan, items []int) *Scheduler {
	s := &Scheduler{
		plan: plan, items: items, Progress: func(int) {},
		work: make([]workItem, len(plan.Units)), active: map[int]bool{}, confirmed: plan.Start(),
	}
	s.changed = sync.NewCond(&s.mu)
	s.speculative = s.confirmed.Clone()
	s.advance()
	return s
}

// Run does the work with a slot, and with those that nobody else needs. The error is the fault of the first unit in order
// that had one, where the results before it do not make that unit unnecessary; when ctx ends it is ctx's cause.
func (s *Scheduler) Run(ctx context.Context, slots *Slots) (*grading.Outcome, error) {
	defer context.AfterFunc(ctx, s.wake)()
	if s.done() {
		return s.confirmed.Outcome(), nil
	}
	// Before anybody helps: a spare slot that came first would be all that the submission has, and go at the end of a test.
	if err := slots.take(ctx, needed); err != nil {
		return nil, err
	}
	helped, stop := context.WithCancel(ctx)
	defer stop()
	var helpers sync.WaitGroup
	for range min(slots.Len(), len(s.plan.Units)) - 1 {
		helpers.Go(func() { s.serve(helped, slots, spare, false) })
	}
	s.serve(ctx, slots, needed, true)
	stop()
	helpers.Wait()
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if u, more := s.confirmed.Next(); more {
		return nil, s.item(u).err
	}
	return s.confirmed.Outcome(), nil
}

// done reports whether there is nothing to do.
func (s *Scheduler) done() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, more := s.confirmed.Next()
	return !more
}

// serve does units, each with a slot, until there is nothing more to do. held says that it has one already. It chooses a
// unit when it has the slot: nothing that others wait for waits for a slot. A slot that the submission needs is kept from
// one unit to the next unless another submission needs one.
func (s *Scheduler) serve(ctx context.Context, slots *Slots, u use, held bool) {
	release := func() {
		if held {
			slots.give(u)
			held = false
		}
	}
	defer release()
	for s.await(ctx, release) {
		if !held && slots.take(ctx, u) != nil {
			return
		}
		held = true
		if a, ok := s.next(ctx); ok {
			r, err := s.do(a)
			s.Progress(s.complete(a.unit, r, err))
		}
		if u == spare || slots.wanted() {
			release()
		}
	}
}

// assignment is a unit for a worker to do.
type assignment struct {
	ctx   context.Context
	unit  int
	lines []grading.Line // for a grader
}

func (s *Scheduler) do(a assignment) (r grading.Result, err error) {
	err = guard.Call(func() (err error) {
		r, err = s.Do(a.ctx, a.unit, a.lines)
		return err
	})
	return r, err
}

// await waits for something that is worth starting, and calls idle before it has to wait; false when there will be nothing
// more.
func (s *Scheduler) await(ctx context.Context, idle func()) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for ctx.Err() == nil && !s.ended {
		if _, ok := s.pick(); ok {
			return true
		}
		idle()
		s.changed.Wait()
	}
	return false
}

// next takes what is worth starting; false when others have taken it.
func (s *Scheduler) next(ctx context.Context) (assignment, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return assignment{}, false
	}
	a, ok := s.pick()
	if ok {
		item := s.item(a.unit)
		item.state, s.active[s.items[a.unit]] = running, true
		a.ctx, item.cancel = context.WithCancelCause(ctx)
	}
	return a, ok
}

// wake has those that wait look again.
func (s *Scheduler) wake() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.changed.Broadcast()
}

// pick looks for the first unit that is worth starting.
func (s *Scheduler) pick() (assignment, bool) {
	if u, ok := s.confirmed.Next(); ok && s.item(u).state == idle {
		lines, _ := s.graderInput(s.confirmed, u)
		return assignment{unit: u, lines: lines}, true
	}
	for s.speculativePos < s.confirmedPos+maxSpeculation {
		u, ok := s.speculative.Next()
		if !ok || s.item(u).state == failed {
			break
		}
		if s.item(u).state == idle {
			lines, known := s.graderInput(s.speculative, u)
			if known {
				return assignment{unit: u, lines: lines}, true
			}
			s.skippedGrader = true
		}
		s.step(s.speculative, u)
		s.speculativePos++
	}
	return assignment{}, false
}

// graderInput returns what a unit is told by the units before it, and whether that is known already. Only graders are
// told anything.
func (s *Scheduler) graderInput(c *grading.Cursor, unit int) ([]grading.Line, bool) {
	if s.plan.Units[unit].Kind != grading.Grader {
		return nil, true
	}
	return c.GraderInput()
}

// step takes a cursor over the unit that it is at.
func (s *Scheduler) step(c *grading.Cursor, unit int) {
	s.steps++
	if item := s.item(unit); item.state == known {
		c.Put(item.result)
	} else {
		c.Assume()
	}
}

func (s *Scheduler) item(unit int) *workItem { return &s.work[s.items[unit]] }

// complete takes the result of a unit, and returns how many test cases and static tests are finished.
func (s *Scheduler) complete(unit int, r grading.Result, err error) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	item := s.item(unit)
	item.cancel(nil)
	delete(s.active, s.items[unit])
	switch {
	case err == nil:
		item.state, item.result = known, r
	case item.state == unneeded:
		item.state = idle
	default:
		item.state, item.err = failed, err
	}
	s.advance()
	if item.state != known || !asAssumed(r) || s.skippedGrader || s.ended {
		s.restart()
	}
	s.changed.Broadcast()
	return s.finished
}

// asAssumed reports whether a result is what was assumed until it was known.
func asAssumed(r grading.Result) bool { return r == grading.Result{Verdict: verdict.Accepted} }

// advance takes the confirmed cursor over what is known.
func (s *Scheduler) advance() {
	for {
		u, more := s.confirmed.Next()
		if more && s.item(u).state == known {
			if s.confirmed.Put(s.item(u).result); u < s.plan.Tests {
				s.finished = u + 1
			}
			s.confirmedPos++
			continue
		}
		s.ended = s.ended || !more || s.item(u).state == failed
		return
	}
}

// restart moves the speculative cursor back to the confirmed one, and cancels the items that are no longer on its way.
func (s *Scheduler) restart() {
	s.speculative, s.speculativePos, s.skippedGrader = s.confirmed.Clone(), s.confirmedPos, false
	needed := map[int]bool{}
	for c, n := s.confirmed.Clone(), 0; !s.ended && len(needed) < len(s.active) && n < maxSpeculation; n++ {
		u, more := c.Next()
		if !more || s.item(u).state == failed {
			break
		}
		if s.item(u).state == running {
			needed[s.items[u]] = true
		}
		s.step(c, u)
	}
	for i := range s.active {
		if item := &s.work[i]; !needed[i] && item.state == running {
			item.state = unneeded
			item.cancel(ErrNotNeeded)
		}
	}
}
