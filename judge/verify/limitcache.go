package verify

import (
	"context"
	"sync"
	"time"

	"github.com/gaveloj/gavel/judge"
	"github.com/gaveloj/gavel/judge/problem"
)

// maxKnownLimits bounds the time limits that are remembered. Computing one again costs seconds and gives much the same.
const maxKnownLimits = 1024

// TimeLimits remembers computed time limits by the digest of their package: those that were computed last.
type TimeLimits struct {
	mu    sync.Mutex
	known map[string]time.Duration // guarded by mu
	order []string                 // digests in known, oldest first; guarded by mu
	busy  chan struct{}            // one token: one computation at a time, so that it is measured in quiet
}

// NewTimeLimits makes an empty TimeLimits.
func NewTimeLimits() *TimeLimits {
	return &TimeLimits{known: map[string]time.Duration{}, busy: make(chan struct{}, 1)}
}

// Get returns what is known, or computes it once.
func (t *TimeLimits) Get(ctx context.Context, j *judge.Judge, p *problem.Problem) (time.Duration, error) {
	if limit, ok := t.look(p.Digest); ok {
		return limit, nil
	}
	select {
	case t.busy <- struct{}{}:
	case <-ctx.Done():
		return 0, context.Cause(ctx)
	}
	defer func() { <-t.busy }()
	if limit, ok := t.look(p.Digest); ok {
		return limit, nil
	}
	limit, err := TimeLimit(ctx, j, p)
	if err != nil {
		return 0, err
	}
	t.remember(p.Digest, limit)
	return limit, nil
}

func (t *TimeLimits) remember(digest string, limit time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.order) == maxKnownLimits {
		delete(t.known, t.order[0])
		t.order = t.order[1:]
	}
	t.known[digest] = limit
	t.order = append(t.order, digest)
}

func (t *TimeLimits) look(digest string) (time.Duration, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	limit, ok := t.known[digest]
	return limit, ok
}
