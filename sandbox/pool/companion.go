package pool

import (
	"context"
	"fmt"

	"github.com/gaveloj/gavel/sandbox"
)

// LeasePair hands out two clean containers for programs that run at the same time, as an interactive problem needs
// them; it waits as Lease does. Release of the first gives both back.
//
// The second is the companion of the slot, on the same cores. It is built when it is needed for the first time, and
// kept warm then. Since no slot lends it to another, pairs cannot wait for each other, however many there are.
func (p *Pool) LeasePair(ctx context.Context) (box, companion *sandbox.Sandbox, err error) {
	box, err = p.Lease(ctx)
	if err != nil {
		return nil, nil, err
	}
	s := p.slotOf(box)
	ready := make(chan error, 1)
	if !p.inBackground(func() { ready <- p.ensureCompanion(ctx, s.companion) }) { // Close waits for it
		ready <- ErrClosed
	}
	if err := <-ready; err != nil {
		p.Release(box)
		return nil, nil, fmt.Errorf("lease a second container: %w", err)
	}
	s.companion.used, s.companion.user = true, s.user
	s.companion.uses++
	return box, s.companion.box, nil
}

// slotOf finds the slot of a container that is leased.
func (p *Pool) slotOf(box *sandbox.Sandbox) *slot {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.leased[box]
}

// ensureCompanion builds the container of a companion unless it has one that answers.
func (p *Pool) ensureCompanion(ctx context.Context, c *slot) error {
	if c.box != nil && c.alive() && (!c.rested() || c.answers(p.ctx)) {
		return nil
	}
	p.discardCompanion(c)
	err := p.build(ctx, c)
	if err == nil {
		p.companions.Add(1)
	}
	return err
}

// discardCompanion leaves a companion without a container.
func (p *Pool) discardCompanion(c *slot) {
	if c.box == nil {
		return
	}
	p.companions.Add(-1)
	p.discardings.Add(1)
	p.reportDiscard(c)
	if err := c.box.Close(); err != nil {
		p.buildErr.Store(&err)
	}
	c.box = nil
}

// renewCompanion makes the companion of a slot that is given back as if new, if it was used. One that has to be
// replaced is built now, while nobody waits.
func (p *Pool) renewCompanion(c *slot) {
	if !c.used {
		return
	}
	c.used = false
	if p.renew(c) {
		return
	}
	p.discardCompanion(c)
	_ = p.ensureCompanion(p.ctx, c) // a host that refuses is asked again when the companion is needed
}
