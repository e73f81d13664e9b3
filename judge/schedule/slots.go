package schedule

import (
	"context"
	"slices"
	"sync"
)

// Slots are what limits how many things are done at a time, shared out among submissions. Each submission has one of them
// as soon as it can; what is left over works on the tests of whoever has some, and is given back at the end of a test as
// soon as a submission waits for its own.
type Slots struct {
	n int

	mu      sync.Mutex
	free    int               // nobody waits while there are any; guarded by mu
	held    [2]int            // by use; guarded by mu
	waiting [2][]chan<- grant // by use, in the order of asking; guarded by mu
}

// grant is a slot on its way to who waits for it.
type grant struct{}

// use says what a slot is for.
type use int

const (
	// needed is for a submission that has none.
	needed use = iota
	// spare is for one that has some already.
	spare
)

// NewSlots makes n slots.
func NewSlots(n int) *Slots { return &Slots{n: n, free: n} }

// Len is how many slots there are.
func (s *Slots) Len() int { return s.n }

// Hold does something that a submission cannot go on without, with a slot. The error is that of do, or ctx's cause when ctx
// ends before there is a slot.
func (s *Slots) Hold(ctx context.Context, do func() error) error {
	if err := s.take(ctx, needed); err != nil {
		return err
	}
	defer s.give(needed)
	return do()
}

// take waits for a slot. The caller gives it back.
func (s *Slots) take(ctx context.Context, u use) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	s.mu.Lock()
	if s.free > 0 {
		s.free--
		s.held[u]++
		s.mu.Unlock()
		return nil
	}
	granted := make(chan grant, 1)
	s.waiting[u] = append(s.waiting[u], granted)
	s.mu.Unlock()
	select {
	case <-granted:
		return nil
	case <-ctx.Done():
	}
	s.mu.Lock()
	s.waiting[u] = slices.DeleteFunc(s.waiting[u], func(c chan<- grant) bool { return c == granted })
	s.mu.Unlock()
	select {
	case <-granted: // meanwhile
		s.give(u)
	default:
	}
	return context.Cause(ctx)
}

// wanted reports whether more need a slot than the spare ones that will be given back.
func (s *Slots) wanted() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.waiting[needed]) > s.held[spare]
}

// give hands a slot that was for u to whoever needs one, else to whoever can use one.
func (s *Slots) give(u use) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held[u]--
	for next := range s.waiting {
		if len(s.waiting[next]) > 0 {
			s.waiting[next][0] <- grant{}
			s.waiting[next] = s.waiting[next][1:]
			s.held[next]++
			return
		}
	}
	s.free++
}
