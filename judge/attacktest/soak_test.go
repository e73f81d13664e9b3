package attacktest

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// soakRuns is how many runs the short form has; GAVEL_SOAK asks for another number.
const soakRuns = 500

// TestSoak makes many mixed runs, after which everything is as it was.
func TestSoak(t *testing.T) {
	b := newBench(t)
	total := soakRuns
	if text := os.Getenv("GAVEL_SOAK"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			t.Fatalf("GAVEL_SOAK=%q: want a number of runs", text)
		}
		total = n
	}
	b.soak(t, 50) // what is made once is made
	before, err := b.look()
	if err != nil {
		t.Fatal(err)
	}
	statsBefore, start := b.pool.Stats(), time.Now()
	pairs := b.soak(t, total)
	took := time.Since(start)
	found := b.settled(t, before)
	after, err := b.look()
	if err != nil {
		t.Fatal(err)
	}
	stats := b.pool.Stats()
	fmt.Printf("%d runs, %d of them of pairs, in %v\n%-24s %12s %12s\n", total, pairs, took.Round(time.Millisecond), "", "before", "after")
	printRow := func(what string, before, after any) { fmt.Printf("%-24s %12v %12v\n", what, before, after) }
	printRow("worker, MiB", before.rss>>20, after.rss>>20)
	printRow("goroutines", before.goroutines, after.goroutines)
	for _, kind := range []string{"open descriptor", "control group", "mount", "process"} {
		printRow(kind, before.count(kind), after.count(kind))
	}
	printRow("containers made", statsBefore.Created, stats.Created)
	printRow("containers discarded", statsBefore.Discarded, stats.Discarded)
	printRow("interactors' containers", statsBefore.Companions, stats.Companions)
	printRow("leases", statsBefore.Leases, stats.Leases)
	for _, what := range found {
		t.Error(what)
	}
	if stats.Discarded != statsBefore.Discarded || stats.Leased != 0 || stats.Leases != statsBefore.Leases+uint64(total) {
		t.Errorf("pool: %+v before, %+v after", statsBefore, stats)
	}
}

// count adds up the facts of one kind.
func (h host) count(kind string) int {
	n := 0
	for what, times := range h.facts {
		if len(what) > len(kind) && what[:len(kind)] == kind {
			n += times
		}
	}
	return n
}

// soak makes that many runs, on all slots at once, and returns how many of them were of pairs.
func (b *bench) soak(t *testing.T, runs int) (pairs int64) {
	t.Helper()
	var wait sync.WaitGroup
	var next, paired atomic.Int64
	kinds := soakers()
	for worker := range b.pool.Slots() {
		random := rand.New(rand.NewPCG(1, uint64(worker))) // the same mixture each time
		wait.Go(func() {
			for next.Add(1) <= int64(runs) && !t.Failed() {
				kind := kinds[random.IntN(len(kinds))]
				if kind.pair {
					paired.Add(1)
				}
				if err := kind.run(t.Context(), b.pool); err != nil {
					t.Errorf("%s: %v", kind.name, err)
				}
			}
		})
	}
	wait.Wait()
	return paired.Load()
}
