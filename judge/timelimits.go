package judge

import (
	"context"
	"sync"
	"time"
)

// timeLimits remembers computed time limits by the digest of their package.
type timeLimits struct {
	mu    sync.Mutex
	known map[string]time.Duration // guarded by mu
	busy  chan struct{}            // one token: one computation at a time, so that it is measured in quiet
}

func newTimeLimits() timeLimits {
	return timeLimits{known: map[string]time.Duration{}, busy: make(chan struct{}, 1)}
}

// get returns what is known, or computes it once.
func (t *timeLimits) get(ctx context.Context, digest string, compute func() (time.Duration, error)) (time.Duration, error) {
	if limit, ok := t.look(digest); ok {
		return limit, nil
	}
	select {
	case t.busy <- struct{}{}:
	case <-ctx.Done():
		return 0, context.Cause(ctx)
	}
	defer func() { <-t.busy }()
	if limit, ok := t.look(digest); ok {
		return limit, nil
	}
	limit, err := compute()
	if err != nil {
		return 0, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.known[digest] = limit
	return limit, nil
}

func (t *timeLimits) look(digest string) (time.Duration, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	limit, ok := t.known[digest]
	return limit, ok
}
