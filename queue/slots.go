package queue

import "context"

// slots are the places where submissions are judged, shared by the queue and by requests that cannot wait.
type slots chan struct{}

func newSlots(n int) slots { return make(slots, n) }

// take waits for a free slot. It tells false when ctx ended first.
func (s slots) take(ctx context.Context) bool {
	select {
	case s <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}

// try takes a slot if one is free.
func (s slots) try() bool {
	select {
	case s <- struct{}{}:
		return true
	default:
		return false
	}
}

func (s slots) give() { <-s }
