package pool

import (
	"context"
	"fmt"
	"time"

	"github.com/gaveloj/gavel/sandbox"
)

// userKey is the key of the value that WithUser adds.
type userKey struct{}

// WithUser says for whom containers are leased with a context: Config.Discarded is told when one of them is thrown away.
func WithUser(ctx context.Context, user any) context.Context {
	return context.WithValue(ctx, userKey{}, user)
}

// Lease hands out a clean container; it waits until one is free or ctx ends.
func (p *Pool) Lease(ctx context.Context) (*sandbox.Sandbox, error) {
	for {
		select {
		case s := <-p.idle:
			if ctx.Err() != nil {
				p.idle <- s
				return nil, p.waitError(ctx)
			}
			if !s.alive() {
				p.replace(s)
				continue
			}
			if s.rested() {
				p.probe(s)
				continue
			}
			if !p.markLeased(s) {
				return nil, ErrClosed
			}
			s.user = ctx.Value(userKey{})
			return s.box, nil
		case <-ctx.Done():
			return nil, p.waitError(ctx)
		case <-p.ctx.Done():
			return nil, context.Cause(p.ctx)
		}
	}
}

// waitError is the error of a lease that was not served: the cause of ctx, and why the last container could not be built.
func (p *Pool) waitError(ctx context.Context) error {
	err := fmt.Errorf("wait for a free container: %w", context.Cause(ctx))
	if last := p.buildErr.Load(); last != nil {
		err = fmt.Errorf("%w; the last container could not be built: %w", err, *last)
	}
	return err
}

// markLeased marks a slot as leased. It reports false if the pool has been closed.
func (p *Pool) markLeased(s *slot) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return false
	}
	s.uses++
	p.leased[s.box] = s
	p.leases.Add(1)
	return true
}

// Release takes a container back, resets it in the background, or replaces it when it is broken. Releasing
// what is not leased panics.
func (p *Pool) Release(box *sandbox.Sandbox) {
	s := p.endLease(box)
	p.inBackground(func() {
		p.renewCompanion(s.companion)
		if p.renew(s) {
			p.idle <- s
			return
		}
		p.rebuild(s)
	})
}

// renew resets the container of a slot. It reports false if the container has to be replaced.
func (p *Pool) renew(s *slot) bool {
	if s.box.Broken() != nil || s.uses >= p.cfg.MaxUses || time.Since(s.builtAt) >= p.cfg.MaxAge || s.box.Reset(p.ctx) != nil {
		return false
	}
	p.resets.Add(1)
	s.lastAnswer, s.user = time.Now(), nil
	return true
}

func (p *Pool) endLease(box *sandbox.Sandbox) *slot {
	p.mu.Lock()
	defer p.mu.Unlock()
	s, ok := p.leased[box]
	if !ok {
		panic("pool: release of a container that is not leased")
	}
	delete(p.leased, box)
	return s
}

// probe pings the container of an idle slot in the background, so that a caller whose context ends need not wait for it,
// and makes the slot idle again, or replaces the container.
func (p *Pool) probe(s *slot) {
	p.inBackground(func() {
		if s.answers(p.ctx) {
			p.idle <- s
			return
		}
		p.rebuild(s)
	})
}

// replace rebuilds the container of a slot in the background.
func (p *Pool) replace(s *slot) { p.inBackground(func() { p.rebuild(s) }) }

func (p *Pool) leasedNow() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.leased)
}
