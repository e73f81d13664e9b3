package cgroup_test

import (
	"testing"

	"github.com/gaveloj/gavel/sandbox/cgroup"
	"github.com/gaveloj/gavel/sandbox/sandboxtest"
)

func benchGroup(b *testing.B) *cgroup.Group {
	b.Helper()
	sandboxtest.Require(b, sandboxtest.Root, sandboxtest.Cgroup)
	h, err := cgroup.Probe()
	if err != nil {
		b.Fatal(err)
	}
	tree, err := h.NewTree()
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := tree.Close(); err != nil {
			b.Error(err)
		}
	})
	g, err := tree.NewGroup("c0", nil)
	if err != nil {
		b.Fatal(err)
	}
	return g
}

// Start and Usage are on the path of every run. Aim: under 8 us for Start with unchanged limits.
func BenchmarkStart(b *testing.B) {
	g := benchGroup(b)
	l := cgroup.Limits{MemoryBytes: 256 * mib, Pids: 64}
	for b.Loop() {
		if _, err := g.Start(l); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkStartWithOtherLimits(b *testing.B) {
	g := benchGroup(b)
	l := cgroup.Limits{MemoryBytes: 256 * mib, Pids: 64}
	for b.Loop() {
		l.MemoryBytes ^= 64 * mib
		if _, err := g.Start(l); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkUsage(b *testing.B) {
	g := benchGroup(b)
	if _, err := g.Start(cgroup.Limits{}); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := g.Usage(); err != nil {
			b.Fatal(err)
		}
	}
}
