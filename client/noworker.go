package client

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// ErrNoWorker matches every *NoWorkerError.
var ErrNoWorker = errors.New("no worker can judge this")

// NoWorkerError says that no worker is there that could judge a submission, and none was there shortly before.
type NoWorkerError struct {
	Need
	// There is what live workers have in place of what is missing: pools, or the lanes or languages of the pool. Sorted.
	There []string
}

func (e *NoWorkerError) Error() string {
	there := "none"
	if len(e.There) > 0 {
		there = strings.Join(e.There, ", ")
	}
	const wayOut = "start a worker first that does, or have the submission stored anyway"
	switch {
	case e.Language != "":
		return fmt.Sprintf("no worker of pool %q offers language %q; offered are: %s; %s", e.Pool, e.Language, there, wayOut)
	case e.Lane != "":
		return fmt.Sprintf("no worker of pool %q serves lane %q; served are: %s; %s", e.Pool, e.Lane, there, wayOut)
	}
	return fmt.Sprintf("no live worker serves pool %q; pools with live workers are: %s; %s", e.Pool, there, wayOut)
}

// Is matches ErrNoWorker.
func (e *NoWorkerError) Is(target error) bool { return target == ErrNoWorker }

// missing is the error of a need that nobody meets: it names the first thing that there is not.
func missing(workers []Worker, need Need) error {
	for _, less := range []Need{{Pool: need.Pool}, {Pool: need.Pool, Lane: need.Lane}, {Pool: need.Pool, Language: need.Language}} {
		if ReachOf(workers, less) == Nobody {
			return &NoWorkerError{Need: less, There: there(workers, less)}
		}
	}
	return &NoWorkerError{Need: need, There: there(workers, need)} // some serve the lane, others the language
}

// there lists what live workers have of the kind that is missing.
func there(workers []Worker, need Need) []string {
	found := map[string]bool{}
	for _, w := range workers {
		switch {
		case !w.Live():
		case need.Lane == "" && need.Language == "":
			found[w.Pool] = true
		case w.Pool != need.Pool:
		case need.Language != "":
			for _, l := range w.Languages {
				found[l.ID] = true
			}
		default:
			for _, l := range w.Lanes {
				found[l.Name] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// roster is what a client remembers of the registry, so that asking before each submission costs next to nothing.
type roster struct {
	mu      sync.Mutex
	workers []Worker  // guarded by mu
	until   time.Time // when to ask anew; guarded by mu
	unknown bool      // the registry cannot be read; guarded by mu
}

const (
	// rosterAge is how long a reading counts, and rosterPause how long a registry that could not be read is left alone.
	rosterAge   = 3 * time.Second
	rosterPause = time.Minute
	// rosterWait is how long a submission waits for the registry. A server may not allow to read it, and then says
	// nothing.
	rosterWait = time.Second
)

// CheckWorkers tells by a *NoWorkerError that no worker meets the need, and that none did within the last minutes. What
// cannot be found out is no error: a registry that cannot be read is not asked again for a minute.
func (c *Client) CheckWorkers(ctx context.Context, need Need) error {
	c.roster.mu.Lock()
	defer c.roster.mu.Unlock()
	fresh := c.readRoster(ctx, false)
	if c.roster.unknown || ReachOf(c.roster.workers, need) != Nobody {
		return nil
	}
	if !fresh { // a worker may have come since
		c.readRoster(ctx, true)
	}
	if c.roster.unknown || ReachOf(c.roster.workers, need) != Nobody {
		return nil
	}
	return missing(c.roster.workers, need)
}

// readRoster reads the registry when the last reading is too old, or when it must. It tells whether it did. The caller
// holds mu.
func (c *Client) readRoster(ctx context.Context, must bool) (fresh bool) {
	r := &c.roster
	if time.Now().Before(r.until) && !must {
		return false
	}
	soon, cancel := context.WithTimeout(ctx, rosterWait)
	defer cancel()
	workers, err := c.Workers(soon)
	r.workers, r.unknown, r.until = workers, err != nil, time.Now().Add(rosterAge)
	switch {
	case ctx.Err() != nil:
		r.until = time.Time{} // the caller gave up; that says nothing of the registry
	case err != nil:
		r.until = time.Now().Add(rosterPause)
	}
	return true
}
