package attacktest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/sandbox/sandboxtest"
)

// neighbour is an honest program that runs in the other slot.
type neighbour struct {
	bench *bench
	sub   api.Submission
	usual []time.Duration // CPU time of the last runs beside an honest program
}

// remembered is how many usual runs make the median.
const remembered = 9

// newNeighbour installs its package.
func newNeighbour(b *bench) (*neighbour, error) {
	source, err := os.ReadFile("testdata/neighbour.c")
	if err != nil {
		return nil, err
	}
	n := &neighbour{bench: b, sub: api.Submission{
		Version: 1, ID: "neighbour", Attempt: 1, Problem: "neighbour", Language: "c",
		Files: []api.SourceFile{{Name: "neighbour.c", Text: string(source)}},
	}}
	return n, writeFiles(filepath.Join(b.problems, "neighbour"), map[string]string{
		"problem.yaml":      "name: Neighbour\nlimits:\n  memory: 64\n",
		".timelimit":        fmt.Sprintf("%g\n", 5*sandboxtest.Slowness()),
		"data/secret/1.in":  "4000000\n",
		"data/secret/1.ans": "safe\n",
	})
}

// run judges it once.
func (n *neighbour) run(ctx context.Context) (time.Duration, error) {
	r, err := n.bench.judge.Judge(ctx, n.sub, nil)
	if err != nil {
		return 0, err
	}
	if r.Verdict != verdict.Accepted {
		return 0, fmt.Errorf("neighbour got %s %s: %+v", r.Verdict, r.Reason, r.Tests)
	}
	return time.Duration(r.CPUUsec) * time.Microsecond, nil
}

// runUsual adds to what is known of its usual time: beside another one like it. Two processors may share caches and more,
// so that beside nobody it would be quicker than beside any program, however honest.
func (n *neighbour) runUsual(ctx context.Context) error {
	var took [2]time.Duration
	var group errgroup.Group
	for i := range took {
		group.Go(func() (err error) {
			took[i], err = n.run(ctx)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	n.usual = append(n.usual, took[:]...)
	n.usual = n.usual[max(len(n.usual)-remembered, 0):]
	return nil
}

// timesEnv, when set, has the neighbour's times compared, on a host that has nothing else to do.
const timesEnv = "GAVEL_ATTACK_TIMES"

// untimed tells that times mean nothing here: they depend on what else the host has to do, and those of two processors of an
// emulated machine on what its host has. The neighbour must be accepted all the same.
func (n *neighbour) untimed() bool { return os.Getenv(timesEnv) == "" || sandboxtest.Slowness() > 1 }

// learn finds out its usual time.
func (n *neighbour) learn(ctx context.Context) error {
	for len(n.usual) < remembered {
		if err := n.runUsual(ctx); err != nil || n.untimed() {
			return err
		}
	}
	return nil
}

// refresh keeps what is known of its usual time up to date. After a rest all of it is learned anew: the host may have got
// something else to do.
func (n *neighbour) refresh(ctx context.Context, rest time.Duration) error {
	switch {
	case n.untimed():
		return nil
	case rest == 0:
		return n.runUsual(ctx)
	}
	time.Sleep(rest)
	n.usual = nil
	return n.learn(ctx)
}

// beside runs it again and again until done is closed, at least once.
func (n *neighbour) beside(ctx context.Context, done <-chan struct{}) ([]time.Duration, error) {
	var times []time.Duration
	for {
		took, err := n.run(ctx)
		if err != nil {
			return times, err
		}
		times = append(times, took)
		select {
		case <-done:
			return times, nil
		default:
		}
	}
}

// slower is by how much the median of times is above the usual one: 0.1 is a tenth.
func (n *neighbour) slower(times []time.Duration) float64 {
	return float64(median(times))/float64(median(n.usual)) - 1
}

func median(times []time.Duration) time.Duration {
	sorted := slices.Sorted(slices.Values(times))
	return sorted[len(sorted)/2]
}

// tolerance is how much slower a neighbour may be.
const tolerance = 0.10

// errSlowed says that the neighbour was slower beside the attack than beside an honest program.
var errSlowed = errors.New("neighbour slowed down")
