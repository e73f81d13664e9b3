package faulttest

import (
	"context"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"
)

// run says how much is done.
type run struct {
	short       bool
	levers      bool // for what takes a standard library built anew
	submissions int
	faults      int // at least
	most        time.Duration
}

// The long form is for make test-faults, the short one for everyday. A standard library built anew
// takes longer than the short form.
var (
	fullRun  = run{levers: true, submissions: 1000, faults: 100, most: 25 * time.Minute}
	shortRun = run{short: true, submissions: 150, faults: 20, most: 8 * time.Minute}
)

// TestFaults injects faults while submissions are judged. GAVEL_FAULTS says how many, GAVEL_FAULT_SEED asks for the schedule
// of an earlier run.
func TestFaults(t *testing.T) {
	var r run
	switch form := os.Getenv("GAVEL_FAULTS"); form {
	case "":
		t.Skip("takes minutes: make test-faults")
	case "short":
		r = shortRun
	case "full":
		r = fullRun
	default:
		t.Fatalf("GAVEL_FAULTS=%q: want short or full", form)
	}
	seed := rand.Uint64()
	if text := os.Getenv("GAVEL_FAULT_SEED"); text != "" {
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatalf("GAVEL_FAULT_SEED: %v", err)
		}
		seed = n
	}
	t.Logf("GAVEL_FAULT_SEED=%d", seed)
	ctx, cancel := context.WithTimeout(t.Context(), r.most)
	defer cancel()
	s := newSite(t, r.levers)
	publishers := startPublishers(ctx, s.conn, 4, r.submissions)
	observer := startObserver(ctx, s.conn)
	h := s.breakAll(ctx, r, seed, publishers)
	publishers.finish()
	err := poll(ctx, 3*time.Minute, "every submission has a verdict", func() bool { return observer.count() >= r.submissions })
	if err != nil {
		t.Error(err)
	}
	seen := observer.finish()
	result := s.check(ctx, r.submissions)
	printTable(table(h.faults, publishers.accepted, seen), result, publishers.retries)
	for _, err := range append(append(h.errs, result.errs...), s.checkHost(ctx)...) {
		if err != nil {
			t.Error(err)
		}
	}
	if len(h.faults) < r.faults {
		t.Errorf("%d faults took effect, want %d", len(h.faults), r.faults)
	}
}

// breakAll injects the faults of servers and of workers side by side.
func (s *site) breakAll(ctx context.Context, r run, seed uint64, p *publishers) *history {
	lanes := [][]fault{
		schedule(workerFaults(r.levers), r.short, seed),
		schedule(serverFaults(r.levers), r.short, seed),
	}
	s.feed = &feed{to: p, total: r.submissions, faults: len(lanes[0]) + len(lanes[1])}
	h := &history{start: time.Now()}
	var injecting sync.WaitGroup
	for _, faults := range lanes {
		injecting.Go(func() { h.injectAll(ctx, s, faults) })
	}
	injecting.Wait()
	s.feed.rest()
	return h
}
