package queue

import (
	"context"
	"time"
)

// How a slot finds work. The Gate is looked at first; while it is closed, nothing is pulled.
//
//	                gate opens
//	  closed ----------------------> probe the lanes, the one most in arrears first <--------+
//	     ^                              |                |                |                  |
//	     | gate closes                  | found          | error          | all empty        |
//	     |                              v                v                v                  |
//	     +------------------------- handle it         reopen            idle                 |
//	                                    |                |                |                  |
//	                                    +-- the lanes ---+                |                  |
//	                                        not known to be empty ---------------------------+
//	                                                                      | wake: the same
//	                                                                      | poller, after IdlePoll: every lane
//
// A lane is filled or empty. notify and foundWork make it filled; foundNothing makes it empty, unless it was notified
// during that probe. Each notification also puts one token into wakes, which one idle slot takes.

// waker wakes idle slots, one for each notification. One of the idle slots, the poller, also wakes by itself from time to
// time, in case that a notification was lost or that a submission is due again, for which there is none.
type waker struct {
	wakes  chan struct{} // capacity: one for each slot
	poller chan struct{} // holds one token: whoever has it polls
}

func newWaker(slots int) *waker {
	b := &waker{wakes: make(chan struct{}, slots), poller: make(chan struct{}, 1)}
	b.poller <- struct{}{}
	return b
}

// wake wakes one idle slot, or the next to be idle.
func (b *waker) wake() {
	select {
	case b.wakes <- struct{}{}:
	default: // as many are waiting as there are slots
	}
}

// wait returns when there is reason to look for work. It reports true to the poller when no notification
// came for the given time: then every lane is to be probed.
func (b *waker) wait(ctx context.Context, every time.Duration) (quiet bool) {
	select {
	case <-b.wakes:
		return false
	case <-ctx.Done():
		return false
	case <-b.poller:
	}
	defer func() { b.poller <- struct{}{} }()
	timer := time.NewTimer(every)
	defer timer.Stop()
	select {
	case <-b.wakes:
		return false
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
