package schedule

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/gaveloj/gavel/judge/grading"
	"github.com/gaveloj/gavel/judge/verdict"
)

// simulated is a submission whose tests take known times, on the clock of synctest.
type simulated struct {
	tests   []time.Duration
	arrives time.Duration
	// What came of it, since the start.
	began, ended time.Duration
}

func (s *simulated) sum() (sum time.Duration) {
	for _, d := range s.tests {
		sum += d
	}
	return sum
}

// simulate judges submissions with n slots, as many of them at a time as there are slots, in the order of arrival.
func simulate(t *testing.T, n int, all []*simulated) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		slots, start := NewSlots(n), time.Now()
		inHand := make(chan struct{}, n)
		var judging sync.WaitGroup
		for _, s := range all {
			time.Sleep(s.arrives - time.Since(start))
			inHand <- struct{}{}
			judging.Go(func() {
				defer func() { <-inHand }()
				plan := grading.New(flatProblem(len(s.tests)), true)
				scheduler := New(plan, identity(plan))
				var once sync.Once
				scheduler.Do = func(_ context.Context, unit int, _ []grading.Line) (grading.Result, error) {
					once.Do(func() { s.began = time.Since(start) })
					time.Sleep(s.tests[unit])
					return grading.Result{Verdict: verdict.Accepted}, nil
				}
				if _, err := scheduler.Run(t.Context(), slots); err != nil {
					t.Errorf("Run() = %v", err)
				}
				s.ended = time.Since(start)
			})
		}
		judging.Wait()
		if slots.free != n {
			t.Errorf("%d of %d slots were given back", slots.free, n)
		}
	})
}

// recorded draws lengths of tests as problems have them: most are short, some take long.
func recorded(random *rand.Rand, n int) []time.Duration {
	tests := make([]time.Duration, n)
	for i := range tests {
		tests[i] = time.Duration(1+random.ExpFloat64()*50) * time.Millisecond
	}
	return tests
}

// A submission that is alone uses every slot: it is done as soon as any list schedule could promise (Graham's bound).
func TestLoneSubmissionUsesEverySlot(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{1, 2, 8, 64} {
		s := &simulated{tests: recorded(random, 300)}
		simulate(t, n, []*simulated{s})
		var longest time.Duration
		for _, d := range s.tests {
			longest = max(longest, d)
		}
		if bound := s.sum()/time.Duration(n) + longest; s.ended > bound {
			t.Errorf("%d slots: %v, want at most %v", n, s.ended, bound)
		}
	}
}

// Whoever comes gets a slot at the next end of a test.
func TestNobodyWaitsLongerThanOneTest(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for _, n := range []int{2, 8, 64} {
		all := []*simulated{{tests: recorded(random, 300*n)}}
		for i := range n - 1 {
			all = append(all, &simulated{tests: recorded(random, 20), arrives: time.Duration(i+1) * 10 * time.Millisecond})
		}
		var longest time.Duration
		for _, s := range all {
			for _, d := range s.tests {
				longest = max(longest, d)
			}
		}
		simulate(t, n, all)
		for i, s := range all {
			if waited := s.began - s.arrives; waited > longest {
				t.Errorf("%d slots: submission %d waited %v for its first slot, the longest test takes %v", n, i, waited, longest)
			}
		}
	}
}

// With a full queue no slot is idle, and nobody is slower than with a slot alone: each has one, until the queue ends.
func TestFullQueueGivesOneSlotEach(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	for _, n := range []int{1, 2, 8, 64} {
		var all []*simulated
		var work, last time.Duration
		for range 10 * n {
			s := &simulated{tests: recorded(random, 10)}
			work += s.sum()
			all = append(all, s)
		}
		simulate(t, n, all)
		for _, s := range all {
			last = max(last, s.ended)
			if took := s.ended - s.began; took > s.sum() {
				t.Errorf("%d slots: a submission of %v took %v", n, s.sum(), took)
			}
		}
		if ideal := work / time.Duration(n); float64(last) > 1.1*float64(ideal) {
			t.Errorf("%d slots: %v for what takes %v with no slot idle", n, last, ideal)
		}
	}
}

// There are never more slots in use than there are, none is lost, and those that are needed go first.
func TestSlots(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(1, 4).Draw(rt, "slots")
		tasks := rapid.IntRange(1, 20).Draw(rt, "tasks")
		type task struct {
			use                  use
			after, holds, leaves time.Duration
		}
		var list []task
		for range tasks {
			list = append(list, task{
				use(rapid.IntRange(0, 1).Draw(rt, "use")), time.Duration(rapid.IntRange(0, 20).Draw(rt, "after")) * time.Second,
				time.Duration(rapid.IntRange(1, 9).Draw(rt, "holds")) * time.Second,
				time.Duration(rapid.IntRange(1, 40).Draw(rt, "leaves"))*time.Second + time.Millisecond,
			})
		}
		synctest.Test(t, func(t *testing.T) {
			s := NewSlots(n)
			var mu sync.Mutex
			held, waitingNeeded := 0, 0
			var all sync.WaitGroup
			for _, k := range list {
				all.Go(func() {
					time.Sleep(k.after)
					ctx, cancel := context.WithTimeoutCause(t.Context(), k.leaves, errors.New("left"))
					defer cancel()
					note := func(heldBy, neededBy int) {
						mu.Lock()
						defer mu.Unlock()
						held += heldBy
						if k.use == needed {
							waitingNeeded += neededBy
						}
						if held > n {
							t.Errorf("%d of %d slots are held", held, n)
						}
					}
					note(0, 1)
					if err := s.take(ctx, k.use); err != nil {
						note(0, -1)
						return
					}
					note(1, -1)
					time.Sleep(k.holds)
					note(-1, 0)
					s.give(k.use)
				})
			}
			all.Wait()
			if s.free != n || s.held != [2]int{} || len(s.waiting[needed])+len(s.waiting[spare]) != 0 || waitingNeeded != 0 {
				t.Errorf("at the end: %+v, %d wait", s, waitingNeeded)
			}
		})
	})
}

// Of those that wait, one that needs a slot gets it before one that could use it, whoever asked first.
func TestNeededSlotsGoFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := NewSlots(1)
		if err := s.take(t.Context(), needed); err != nil {
			t.Fatal(err)
		}
		order := make(chan use, 2)
		for _, u := range []use{spare, needed} {
			go func() {
				if err := s.take(t.Context(), u); err != nil {
					t.Error(err)
				}
				order <- u
				s.give(u)
			}()
			synctest.Wait()
		}
		s.give(needed)
		if first, second := <-order, <-order; first != needed || second != spare {
			t.Errorf("order %v, %v", first, second)
		}
	})
}
