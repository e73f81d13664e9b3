package attacktest

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gaveloj/gavel/sandbox"
	"github.com/gaveloj/gavel/sandbox/pool"
)

// soakRuns is how many runs the short form has; GAVEL_SOAK asks for another number.
const soakRuns = 500

// soaker is one kind of short program.
type soaker struct {
	name   string
	script string
	limits sandbox.Limits
	ends   func(sandbox.Result) bool // as it must
}

func soakers() []soaker {
	exited := func(r sandbox.Result) bool { return r.Outcome == sandbox.OutcomeExited && r.ExitCode == 0 }
	return []soaker{
		{"honest", "echo done", sandbox.Limits{}, exited},
		{
			"leaver of files", "mkdir -p /tmp/a/b/c && echo x > /tmp/a/b/c/d && ln -s / /w/root && mkfifo /dev/shm/f && chmod 0 /tmp/a",
			sandbox.Limits{},
			exited,
		},
		{"forker", "for i in 1 2 3 4 5; do sleep 100 & done", sandbox.Limits{}, exited},
		{"crasher", "kill -SEGV $$", sandbox.Limits{}, func(r sandbox.Result) bool { return r.Outcome == sandbox.OutcomeSignaled }},
		{"eater", "exec tail /dev/zero", sandbox.Limits{Memory: 8 * sandbox.MiB}, func(r sandbox.Result) bool { return r.OOMKills > 0 }},
		{
			"flooder", "exec cat /dev/zero",
			sandbox.Limits{Output: 64 * sandbox.KiB},
			func(r sandbox.Result) bool { return r.KilledBy == sandbox.KillOutput },
		},
		{
			"filler", "exec cat /dev/zero > /tmp/f",
			sandbox.Limits{Output: 64 * sandbox.KiB, Files: sandbox.FilesCounted},
			func(r sandbox.Result) bool { return r.KilledBy == sandbox.KillOutput },
		},
		{
			"scribbler", "echo 1234567 > /w/f; ln /w/f /w/g",
			sandbox.Limits{Output: 64 * sandbox.KiB, Files: sandbox.FilesCounted},
			func(r sandbox.Result) bool { return exited(r) && r.FileBytes == 8 },
		},
		{
			"reader", "! touch /w/f /tmp/f /dev/shm/f 2>/dev/null",
			sandbox.Limits{Files: sandbox.FilesReadOnly},
			exited,
		},
		{
			"sleeper", "sleep 100",
			sandbox.Limits{Wall: 20 * time.Millisecond},
			func(r sandbox.Result) bool { return r.KilledBy == sandbox.KillWall },
		},
		{
			"burner", "while :; do :; done",
			sandbox.Limits{CPU: 10 * time.Millisecond},
			func(r sandbox.Result) bool { return r.KilledBy == sandbox.KillCPU },
		},
		{"finder", "set -- /tmp/* /w/* /dev/shm/*; [ \"$*\" = '/tmp/* /w/* /dev/shm/*' ]", sandbox.Limits{}, exited},
	}
}

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
	b.soak(t, total)
	took := time.Since(start)
	found := b.settled(t, before)
	after, err := b.look()
	if err != nil {
		t.Fatal(err)
	}
	stats := b.pool.Stats()
	fmt.Printf("%d runs in %v\n%-24s %12s %12s\n", total, took.Round(time.Millisecond), "", "before", "after")
	printRow := func(what string, before, after any) { fmt.Printf("%-24s %12v %12v\n", what, before, after) }
	printRow("worker, MiB", before.rss>>20, after.rss>>20)
	printRow("goroutines", before.goroutines, after.goroutines)
	for _, kind := range []string{"open descriptor", "control group", "mount", "process"} {
		printRow(kind, before.count(kind), after.count(kind))
	}
	printRow("containers made", statsBefore.Created, stats.Created)
	printRow("containers discarded", statsBefore.Discarded, stats.Discarded)
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

// soak makes that many runs, on all slots at once.
func (b *bench) soak(t *testing.T, runs int) {
	t.Helper()
	var wait sync.WaitGroup
	var next atomic.Int64
	for worker := range b.pool.Slots() {
		random := rand.New(rand.NewPCG(1, uint64(worker))) // the same mixture each time
		wait.Go(func() {
			for next.Add(1) <= int64(runs) && !t.Failed() {
				kind := soakers()[random.IntN(len(soakers()))]
				if err := soakOnce(t, b.pool, kind); err != nil {
					t.Errorf("%s: %v", kind.name, err)
				}
			}
		})
	}
	wait.Wait()
}

func soakOnce(t *testing.T, p *pool.Pool, kind soaker) error {
	box, err := p.Lease(t.Context())
	if err != nil {
		return err
	}
	defer p.Release(box)
	limits := kind.limits
	if limits.Wall == 0 {
		limits.Wall = 20 * time.Second
	}
	r, err := box.Run(t.Context(), sandbox.Command{Args: []string{"sh", "-c", kind.script}, Limits: limits})
	if err != nil {
		return err
	}
	if !kind.ends(r) {
		r.Stdout = slices.Clip(r.Stdout[:min(len(r.Stdout), 100)])
		return fmt.Errorf("ended otherwise: %+v", r)
	}
	return nil
}
