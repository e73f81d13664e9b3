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
	Requirement
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
func missing(workers []Worker, need Requirement) error {
	for _, less := range []Requirement{{Pool: need.Pool}, {Pool: need.Pool, Lane: need.Lane}, {Pool: need.Pool, Language: need.Language}} {
		if AvailabilityOf(workers, less) == Unavailable {
			return &NoWorkerError{Requirement: less, There: there(workers, less)}
		}
	}
	return &NoWorkerError{Requirement: need, There: there(workers, need)} // some serve the lane, others the language
}

// there lists what live workers have of the kind that is missing.
func there(workers []Worker, need Requirement) []string {
	found := map[string]bool{}
	for _, w := range workers {
		switch {
		case !w.Live():
		case need.Lane == "" && need.Language == "":
			found[w.Pool] = true
		case w.Pool != need.Pool:
		case need.Language != "":
			for _, l := range slices.Concat(w.Languages, w.LanguagesToCome) {
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

// workerCache is what a client remembers of the registry, so that asking before each submission costs next to nothing.
type workerCache struct {
	mu      sync.Mutex
	workers []Worker  // guarded by mu
	until   time.Time // when to ask anew; guarded by mu
	unknown bool      // the registry cannot be read; guarded by mu
}

const (
	// workerCacheAge is how long a reading counts, and workerCachePause how long a registry that could not be read is left alone.
	workerCacheAge   = 3 * time.Second
	workerCachePause = time.Minute
	// workerCacheWait is how long a submission waits for the registry. A server may not allow to read it, and then says
	// nothing.
	workerCacheWait = time.Second
)

// CheckWorkers reports by a *NoWorkerError that no worker meets the need, and that none did within the last minutes. What
// cannot be found out is no error: a registry that cannot be read is not asked again for a minute.
func (c *Client) CheckWorkers(ctx context.Context, need Requirement) error {
	c.workerCache.mu.Lock()
	defer c.workerCache.mu.Unlock()
	fresh := c.readWorkers(ctx, false)
	if c.workerCache.unknown || AvailabilityOf(c.workerCache.workers, need) != Unavailable {
		return nil
	}
	if !fresh { // a worker may have come since
		c.readWorkers(ctx, true)
	}
	if c.workerCache.unknown || AvailabilityOf(c.workerCache.workers, need) != Unavailable {
		return nil
	}
	return missing(c.workerCache.workers, need)
}

// Paused returns why a submission with these needs has to wait although it is taken: every worker that could judge it is
// paused; see PausedReason. It is "" also where the registry cannot be read.
func (c *Client) Paused(ctx context.Context, need Requirement) string {
	c.workerCache.mu.Lock()
	defer c.workerCache.mu.Unlock()
	c.readWorkers(ctx, false)
	if c.workerCache.unknown {
		return ""
	}
	return PausedReason(c.workerCache.workers, need)
}

// readWorkers reads the registry when the last reading is too old, or when it must. It reports whether it did. The caller
// holds mu.
func (c *Client) readWorkers(ctx context.Context, must bool) (fresh bool) {
	r := &c.workerCache
	if time.Now().Before(r.until) && !must {
		return false
	}
	soon, cancel := context.WithTimeout(ctx, workerCacheWait)
	defer cancel()
	workers, err := c.Workers(soon)
	r.workers, r.unknown, r.until = workers, err != nil, time.Now().Add(workerCacheAge)
	switch {
	case ctx.Err() != nil:
		r.until = time.Time{} // the caller gave up; that says nothing of the registry
	case err != nil:
		r.until = time.Now().Add(workerCachePause)
	}
	return true
}
