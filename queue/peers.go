package queue

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/queue/internal/retry"
)

// Peers is a view of the workers in the registry, read every few seconds, so that asking costs nothing.
//
// How a worker uses it:
//
//   - A submission in a language that this worker lacks: Language reports whether another worker of the pool has it. Available:
//     give the submission back with a short delay. Expected: with a longer one, it is for a worker that is starting,
//     paused, or expected back. Unavailable: refuse it, but only after Refresh, because a worker may have come since.
//   - A submission that had a fault here: while Others is Now, rest longer than the others need to take it.
//
// Without knowledge (a nil Peers, before the first reading, or while the server cannot be reached) every answer is
// Expected: nothing is refused, and nobody is relied on.
type Peers struct {
	conn       *client.Conn // borrowed
	pool, name string

	mu      sync.Mutex
	workers []client.Worker // all of them; guarded by mu
	read    time.Time       // when; guarded by mu
}

const (
	// peersInterval is the time between two readings.
	peersInterval = 5 * time.Second
	// peersMaxAge is how old a reading may be and still count as knowledge.
	peersMaxAge = 4 * peersInterval
)

// NewPeers makes a view for the worker called name, which it leaves out.
func NewPeers(conn *client.Conn, pool, name string) *Peers {
	return &Peers{conn: conn, pool: pool, name: name}
}

// Run keeps the view up to date until ctx ends.
func (p *Peers) Run(ctx context.Context) {
	for {
		_ = p.Refresh(ctx) // without a reading, there is no knowledge
		if !retry.Sleep(ctx, peersInterval) {
			return
		}
	}
}

// Refresh reads the registry now.
func (p *Peers) Refresh(ctx context.Context) error {
	if p == nil {
		return nil
	}
	started := time.Now()
	workers, err := client.New(p.conn).Workers(ctx)
	if err != nil {
		return err
	}
	p.set(workers, started)
	return nil
}

func (p *Peers) set(workers []client.Worker, read time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.workers, p.read = workers, read
}

// Language reports whether another worker of the own pool judges a language, by ID or alias.
func (p *Peers) Language(language string) client.Availability {
	return p.ask(func(all []client.Worker) client.Availability {
		others := slices.DeleteFunc(all, func(w client.Worker) bool { return w.Name == p.name })
		return client.AvailabilityOf(others, client.Requirement{Pool: p.pool, Language: language})
	})
}

// Others reports whether there is another worker in the own pool.
func (p *Peers) Others() client.Availability { return p.Language("") }

// Availability reports whether any worker meets a need, this one included.
func (p *Peers) Availability(need client.Requirement) client.Availability {
	return p.ask(func(all []client.Worker) client.Availability { return client.AvailabilityOf(all, need) })
}

// paused returns why every live worker that meets a requirement takes nothing now, or "" where one takes something, or where
// there is none; see client.PausedReason.
func (p *Peers) paused(need client.Requirement) string {
	reason := ""
	p.ask(func(all []client.Worker) client.Availability {
		reason = client.PausedReason(all, need)
		return client.Expected
	})
	return reason
}

// elected reports whether this worker is the one of all live ones whose name comes first: it does what one has to do. Who
// has no Peers is the only one.
func (p *Peers) elected() bool {
	if p == nil {
		return true
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if time.Since(p.read) > peersMaxAge {
		return false
	}
	first := ""
	for _, w := range p.workers {
		if w.Live() && (first == "" || w.Name < first) {
			first = w.Name
		}
	}
	return first == p.name
}

// ask evaluates the last reading, if it is not too old.
func (p *Peers) ask(ask func([]client.Worker) client.Availability) client.Availability {
	if p == nil {
		return client.Expected
	}
	p.mu.Lock()
	workers, since := slices.Clone(p.workers), time.Since(p.read)
	p.mu.Unlock()
	if since > peersMaxAge {
		return client.Expected
	}
	return ask(workers)
}
