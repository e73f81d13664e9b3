package faulttest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"
)

// kind is one way to break something.
type kind struct {
	name string
	// times says how often it happens in a run of each length.
	short, full int
	inject      injection
}

// injection breaks something, lets it be broken for a while, and mends it. It calls hit when the fault takes effect. An
// error means that the installation did not do what it must.
type injection func(ctx context.Context, s *site, r *rand.Rand, hit func(what string)) error

// fault is one fault of a schedule.
type fault struct {
	kind
	seed uint64
}

// schedule puts the kinds into a random order, which the seed decides.
func schedule(kinds []kind, short bool, seed uint64) []fault {
	r := rand.New(rand.NewPCG(seed, uint64(len(kinds))))
	var all []fault
	for _, k := range kinds {
		n := k.full
		if short {
			n = k.short
		}
		for range n {
			all = append(all, fault{kind: k, seed: r.Uint64()})
		}
	}
	r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all
}

// injected is a fault that happened.
type injected struct {
	kind, what string
	at, healed time.Time
}

// history collects what happened. Two injectors write to it.
type history struct {
	start time.Time

	mu     sync.Mutex
	faults []injected // guarded by mu
	errs   []error    // guarded by mu
}

func (h *history) note(f injected, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !f.at.IsZero() {
		h.faults = append(h.faults, f)
		fmt.Printf("%7.1fs  %-28s %s, mended after %.1fs\n", f.at.Sub(h.start).Seconds(), f.kind, f.what, f.healed.Sub(f.at).Seconds())
	}
	if err != nil {
		err = fmt.Errorf("%s %s: %w", f.kind, f.what, err)
		fmt.Printf("%7.1fs  %v\n", time.Since(h.start).Seconds(), err)
		h.errs = append(h.errs, err)
	}
}

// injectAll injects one fault after the other.
func (h *history) injectAll(ctx context.Context, s *site, faults []fault) {
	for _, f := range faults {
		if ctx.Err() != nil {
			return
		}
		s.noteTrees()
		s.feed.share()
		r := rand.New(rand.NewPCG(f.seed, 0))
		pause(ctx, between(r, 0, time.Second)) // any point of the work may be hit
		did := injected{kind: f.name}
		err := f.inject(ctx, s, r, func(what string) { did.what, did.at = what, time.Now() })
		did.healed = time.Now()
		h.note(did, err)
	}
}

// between draws a length of time.
func between(r *rand.Rand, low, high time.Duration) time.Duration {
	return low + time.Duration(r.Int64N(int64(high-low)))
}

// pick draws one of several.
func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }
