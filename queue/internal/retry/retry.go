// Package retry repeats what may succeed at another time.
//
// It is a package of its own, of the standard library alone, because platforms build queue/client with it.
package retry

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"
)

// Backoff says how often to try, and how long to rest between two tries: First after the first one, twice as long after each further one, and
// never more than Max. A Max of 0 or below First means First every time.
type Backoff struct {
	First, Max time.Duration
	// Jitter has each rest last between half and one and a half times as long, so that those who failed together do
	// not come back together.
	Jitter bool
	// Tries is how many tries there are at most; 0 means no bound.
	Tries int
}

// Every is a Backoff that always rests as long.
func Every(d time.Duration) Backoff { return Backoff{First: d} }

// Delay returns how long to rest after the n-th try, counted from 1.
func (b Backoff) Delay(n int) time.Duration {
	delay := b.First
	for ; n > 1 && delay < b.Max; n-- {
		delay *= 2
	}
	delay = min(delay, max(b.First, b.Max))
	if b.Jitter && delay > 0 {
		return delay/2 + rand.N(delay)
	}
	return delay
}

// Do calls try until it succeeds, reports that trying again is of no use, or has been called b.Tries times, and returns
// its last error. When ctx ends
// during a rest, the error also matches the cause of that. Do does not end a try that is under way: each has to end by
// itself.
func Do(ctx context.Context, b Backoff, try func() (again bool, err error)) error {
	for n := 1; ; n++ {
		again, err := try()
		if err == nil || !again || n == b.Tries {
			return err
		}
		if !Sleep(ctx, b.Delay(n)) {
			return fmt.Errorf("%w: %w", context.Cause(ctx), err)
		}
	}
}

// Sleep waits for d. It reports false when ctx ended first.
func Sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
