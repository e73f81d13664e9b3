package queue

import (
	"context"
	"time"
)

// bell wakes idle slots. Whoever hears of work rings once for each piece of it; one of the idle slots keeps watch, in
// case that a ring was lost or that something is due again, which nobody rings for.
type bell struct {
	rings chan struct{} // room for one ring per slot
	watch chan struct{} // holds one thing: the right to keep watch
}

func newBell(slots int) *bell {
	b := &bell{rings: make(chan struct{}, slots), watch: make(chan struct{}, 1)}
	b.watch <- struct{}{}
	return b
}

// ring wakes one idle slot, or the next to be idle.
func (b *bell) ring() {
	select {
	case b.rings <- struct{}{}:
	default: // a ring for each slot is waiting already
	}
}

// wait returns when there is reason to look for work. It tells true to the slot that keeps watch when nothing was heard
// for the given time: then everything is to be looked at.
func (b *bell) wait(ctx context.Context, every time.Duration) (quiet bool) {
	select {
	case <-b.rings:
		return false
	case <-ctx.Done():
		return false
	case <-b.watch:
	}
	defer func() { b.watch <- struct{}{} }()
	timer := time.NewTimer(every)
	defer timer.Stop()
	select {
	case <-b.rings:
		return false
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
