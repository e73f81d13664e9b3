package queue

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/gaveloj/gavel/client"
)

// Peers is a view of the workers in the registry, read every few seconds, so that asking costs nothing.
//
// How a worker uses it:
//
//   - A submission in a language that this worker lacks: Language tells whether another worker of the pool has it. Now:
//     give the submission back with a short delay. Later: with a longer one, it is for a worker that is starting,
//     paused, or expected back. Nobody: refuse it, but only after Refresh, because a worker may have come since.
//   - A submission that had a fault here: while Others is Now, rest longer than the others need to take it.
//
// Without knowledge (a nil Peers, before the first reading, or while the server cannot be reached) every answer is
// Later: nothing is refused, and nobody is relied on.
type Peers struct {
	conn       *client.Conn // borrowed
	pool, name string

	mu      sync.Mutex
	workers []client.Worker // all of them; guarded by mu
	read    time.Time       // when; guarded by mu
}

const (
	// peersGap is the time between two readings.
	peersGap = 5 * time.Second
	// peersAge is how old a reading may be and still count as knowledge.
	peersAge = 4 * peersGap
)

// NewPeers makes a view for the worker called name, of which it does not tell.
func NewPeers(conn *client.Conn, pool, name string) *Peers {
	return &Peers{conn: conn, pool: pool, name: name}
}

// Run keeps the view up to date until ctx ends.
func (p *Peers) Run(ctx context.Context) {
	for {
		_ = p.Refresh(ctx) // without a reading, there is no knowledge
		if !pause(ctx, peersGap) {
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

// Language tells whether another worker of the own pool judges a language, by ID or alias.
func (p *Peers) Language(language string) client.Reach {
	return p.reach(func(all []client.Worker) client.Reach {
		others := slices.DeleteFunc(all, func(w client.Worker) bool { return w.Name == p.name })
		return client.ReachOf(others, client.Need{Pool: p.pool, Language: language})
	})
}

// Others tells whether there is another worker in the own pool.
func (p *Peers) Others() client.Reach { return p.Language("") }

// Reach tells whether any worker meets a need, this one included.
func (p *Peers) Reach(need client.Need) client.Reach {
	return p.reach(func(all []client.Worker) client.Reach { return client.ReachOf(all, need) })
}

// first tells whether this worker is the one of all live ones whose name comes first: it does what one has to do. Who
// has no Peers is the only one.
func (p *Peers) first() bool {
	if p == nil {
		return true
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if time.Since(p.read) > peersAge {
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

// reach asks the last reading, if it is not too old.
func (p *Peers) reach(ask func([]client.Worker) client.Reach) client.Reach {
	if p == nil {
		return client.Later
	}
	p.mu.Lock()
	workers, since := slices.Clone(p.workers), time.Since(p.read)
	p.mu.Unlock()
	if since > peersAge {
		return client.Later
	}
	return ask(workers)
}
