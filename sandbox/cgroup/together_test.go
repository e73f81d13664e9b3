package cgroup

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

func TestLimitOfTheGroupsAbove(t *testing.T) {
	t.Parallel()
	top := t.TempDir()
	group := filepath.Join(top, "a", "b")
	if err := os.MkdirAll(group, 0o700); err != nil {
		t.Fatal(err)
	}
	for file, text := range map[string]string{"a/b/memory.max": "max\n", "a/memory.max": "800\n"} {
		if err := os.WriteFile(filepath.Join(top, file), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := leastOf(group, top, memoryFilesTwo.limitOf); err != nil || got != 800 {
		t.Errorf("leastOf() = %d, %v, want 800", got, err)
	}
}

// The host's memory is known, and the free memory of the group is no more than that.
func TestMemoryCapacity(t *testing.T) {
	t.Parallel()
	capacity, err := MemoryCapacity()
	if err != nil || capacity < 1<<26 || capacity >= noLimit {
		t.Errorf("MemoryCapacity() = %d, %v", capacity, err)
	}
	if free, limited, err := Headroom(); err != nil || limited && free > capacity {
		t.Errorf("Headroom() = %d, %v, %v, of %d", free, limited, err, capacity)
	}
}

// The common limit is written whatever limit stands there from before, in an order that the kernel takes.
func TestLimitMemoryOfATree(t *testing.T) {
	t.Parallel()
	for _, h := range []*Host{{version: 1}, {version: 2}} {
		dir := t.TempDir()
		h.hierarchies = []hierarchy{{controllers: []string{ctlMemory}}}
		files := controlFilesOf(h.version)
		for _, name := range []string{files.limits[knobMemory], files.limits[knobSwap]} {
			if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		tree := &Tree{host: h, dirs: []string{dir}}
		for _, limit := range []int64{1 << 30, 1 << 26, 1 << 28} {
			if err := tree.LimitMemory(limit); err != nil {
				t.Fatal(err)
			}
			if got, err := readOnce(dir, files.limits[knobMemory]); err != nil || got != strconv.FormatInt(limit, 10) {
				t.Errorf("version %d: limit %q, %v, want %d", h.version, got, err, limit)
			}
		}
	}
}
