package queue

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/queue/internal/retry"
)

// Peers is a view of the workers in the registry. In a small fleet it is read every few seconds, so that asking costs nothing. In a
// large one, where all workers together would read the square of their number, it is read when somebody asks, and otherwise
// seldom: see Run.
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

	reading sync.Mutex // held by who reads because somebody asks

	mu      sync.Mutex
	workers []client.Worker // all of them, as of read; guarded by mu
	read    time.Time       // when; guarded by mu
	checked time.Time       // when the one elected was last known to live; guarded by mu
}

const (
	// peersInterval is the time between two readings of a small fleet, and between two looks at the one elected.
	peersInterval = 5 * time.Second
	// peersMaxAge is how old a reading may be and still count as knowledge.
	peersMaxAge = 4 * peersInterval
	// peersShare is the time between two readings for each worker of the fleet: all of them together are sent
	// 2 entries for each worker in a second.
	peersShare = 500 * time.Millisecond
	// peersPatience is how long one who asks waits for a reading.
	peersPatience = 2 * time.Second
)

// NewPeers makes a view for the worker called name, which it leaves out.
func NewPeers(conn *client.Conn, pool, name string) *Peers {
	return &Peers{conn: conn, pool: pool, name: name}
}

// Run keeps the view up to date until ctx ends: the whole of it while the fleet is small, and where this worker is the one
// elected. Else it sees to it that the one elected lives, and reads the registry after peersShare for each worker.
func (p *Peers) Run(ctx context.Context) {
	for {
		if p.due(ctx) {
			_ = p.Refresh(ctx) // without a reading, there is no knowledge
		}
		if !retry.Sleep(ctx, peersInterval) {
			return
		}
	}
}

// due reports whether it is time to read the registry. Whoever is elected in the place of one that has died finds out without
// reading it: so the end of a worker does not make all others read.
func (p *Peers) due(ctx context.Context) bool {
	for {
		p.mu.Lock()
		first := firstLive(p.workers)
		old := time.Since(p.read) > max(peersInterval/2, time.Duration(len(p.workers))*peersShare-peersInterval/2)
		p.mu.Unlock()
		if old || first == "" || first == p.name {
			return true
		}
		w, found, err := client.New(p.conn).Worker(ctx, first)
		if err != nil {
			return false // the server is away: nobody is elected for that time
		}
		p.mu.Lock()
		if found && w.Live() {
			p.checked = time.Now()
		} else {
			p.workers = slices.DeleteFunc(p.workers, func(w client.Worker) bool { return w.Name == first })
		}
		p.mu.Unlock()
		if found && w.Live() {
			return false
		}
	}
}

// firstLive is the name that comes first among those of live workers; "" where there is none.
func firstLive(workers []client.Worker) string {
	first := ""
	for _, w := range workers {
		if w.Live() && (first == "" || w.Name < first) {
			first = w.Name
		}
	}
	return first
}

// fleet is how many workers of the own pool were live at the last reading, this one included; at least 1.
func (p *Peers) fleet() int {
	if p == nil {
		return 1
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	n := 0
	for _, w := range p.workers {
		if w.Live() && w.Pool == p.pool {
			n++
		}
	}
	return max(n, 1)
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
	p.workers, p.read, p.checked = workers, read, read
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
	return time.Since(p.checked) <= peersMaxAge && firstLive(p.workers) == p.name
}

// ask evaluates the last reading, or a new one where that is old.
func (p *Peers) ask(ask func([]client.Worker) client.Availability) client.Availability {
	if p == nil {
		return client.Expected
	}
	workers, known := p.known()
	if !known {
		return client.Expected
	}
	return ask(workers)
}

// known is a reading that is not too old; false where there is none to be had.
func (p *Peers) known() ([]client.Worker, bool) {
	p.reading.Lock() // who asks at the same time gets the same reading
	defer p.reading.Unlock()
	workers, read := p.last()
	if !read.IsZero() && time.Since(read) > peersMaxAge && p.conn.Connected() {
		ctx, cancel := context.WithTimeout(context.Background(), peersPatience)
		defer cancel()
		_ = p.Refresh(ctx) // else it stays old
		workers, read = p.last()
	}
	return workers, !read.IsZero() && time.Since(read) <= peersMaxAge
}

// last is the last reading, and when it was.
func (p *Peers) last() ([]client.Worker, time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.workers), p.read
}
