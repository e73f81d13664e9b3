package diskcache

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/judge/guard"
	"github.com/gaveloj/gavel/sandbox"
	"github.com/gaveloj/gavel/sandbox/sandboxtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// troubles collects what a cache reports.
type troubles struct {
	mu  sync.Mutex
	all []error // guarded by mu
}

func (s *troubles) add(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = append(s.all, err)
}

func open(t *testing.T, dir string, limit sandbox.Bytes, onError func(error)) *Cache {
	t.Helper()
	c, err := Open(Config{Dir: dir, Limit: limit, Contents: "things", OnError: onError})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// put makes an entry with one file of the given size, and releases it.
func put(t *testing.T, c *Cache, key string, size int) *Entry {
	t.Helper()
	fresh, err := c.Fresh()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(fresh, "sub"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(fresh, "file"), make([]byte, size), 0o600); err != nil {
		t.Fatal(err)
	}
	e := c.Place(key, fresh, sandbox.Bytes(size))
	c.Release(e)
	return e
}

// mountOn makes a directory impossible to move and to remove.
func mountOn(t *testing.T, path string) {
	t.Helper()
	if err := unix.Mount("tmpfs", path, "tmpfs", 0, "size=4k"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unmount(t, path) })
}

func unmount(t *testing.T, path string) {
	if err := unix.Unmount(path, unix.MNT_DETACH); err != nil && !errors.Is(err, unix.EINVAL) && !errors.Is(err, unix.ENOENT) {
		t.Error(err)
	}
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	items, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, item := range items {
		names = append(names, item.Name())
	}
	return names
}

// What cannot be removed is reported, stays counted, and is removed as soon as that is possible; nothing else is
// disturbed.
func TestWhatCannotBeRemoved(t *testing.T) {
	sandboxtest.Require(t, sandboxtest.Root)
	tests := map[string]struct {
		below string // of the directory, what cannot be removed
		stays func(path string) string
	}{
		"cannot be renamed": {"", func(path string) string { return path }},
		"cannot be emptied": {"sub", nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			var seen troubles
			c := open(t, dir, 2500, seen.add)
			old := put(t, c, "old", 1000)
			busy := filepath.Join(old.Path, tt.below)
			mountOn(t, busy)
			put(t, c, "a", 1000)
			put(t, c, "b", 1000) // too much: old is to go
			if len(seen.all) == 0 {
				t.Error("nothing was reported")
			}
			if c.used < 2000 || c.used > 2500 && tt.below != "" {
				t.Errorf("%d bytes are counted", c.used)
			}
			put(t, c, "c", 1000)
			if e, _ := c.Hold("c"); e == nil {
				t.Error("what came last is gone")
			} else {
				c.Release(e)
			}
			for _, path := range []string{busy, firstMatch(t, filepath.Join(dir, removedPrefix+"*"))} {
				unmount(t, filepath.Join(path, tt.below))
			}
			unmount(t, busy)
			put(t, c, "d", 1000)
			put(t, c, "e", 1000)
			if got := names(t, dir); !slices.Equal(got, []string{"d", "e"}) || c.used != 2000 {
				t.Errorf("afterwards %q, %d bytes; want d and e alone", got, c.used)
			}
		})
	}
}

func firstMatch(t *testing.T, pattern string) string {
	t.Helper()
	found, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	return append(found, "/nonexistent")[0]
}

// A directory that is in the way and cannot be moved does not keep an entry from being made.
func TestPlaceWhereSomethingIsInTheWay(t *testing.T) {
	sandboxtest.Require(t, sandboxtest.Root)
	dir := t.TempDir()
	var seen troubles
	c := open(t, dir, 5000, seen.add)
	e := put(t, c, "k", 1000)
	mountOn(t, e.Path)
	held, _ := c.Hold("k")
	c.Discard(held)
	if again, _ := c.Hold("k"); again != nil {
		t.Fatal("a discarded entry is still there")
	}
	e = put(t, c, "k", 10)
	if again, _ := c.Hold("k"); again != e || again.Path == filepath.Join(dir, "k") {
		t.Errorf("Hold() = %+v, want %+v", again, e)
	}
	if info, err := os.Stat(filepath.Join(e.Path, "file")); err != nil || info.Size() != 10 {
		t.Errorf("the entry is not readable: %v", err)
	}
	if c.used != 1010 || len(seen.all) == 0 {
		t.Errorf("%d bytes are counted, reported %v; want 1010 and what is in the way", c.used, seen.all)
	}
}

// While a large directory is removed, others are held and released.
func TestRemovalHoldsNoLock(t *testing.T) {
	dir := t.TempDir()
	c := open(t, dir, 1500, nil)
	put(t, c, "a", 1000)
	c.mu.Lock()
	c.entries["a"].size = 2000
	c.used += 1000
	c.evict()
	c.mu.Unlock()
	if got := names(t, dir); len(got) != 1 || got[0][:len(removedPrefix)] != removedPrefix {
		t.Errorf("after an eviction: %q, want one directory moved aside", got)
	}
	put(t, c, "b", 1000)
	if got := names(t, dir); !slices.Equal(got, []string{"b"}) {
		t.Errorf("after the next release: %q, want b", got)
	}
}

// Leftovers of processes that died are removed at the start.
func TestOpenRemovesLeftovers(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{tempPrefix + "1", removedPrefix + "2", "kept"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	open(t, dir, 1000, nil)
	if got := names(t, dir); !slices.Equal(got, []string{"kept"}) {
		t.Errorf("left: %q", got)
	}
}

// A panic in a call is an error of all who wait for it, and the group goes on.
func TestCallGroupSurvivesPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g CallGroup[int]
		var wg sync.WaitGroup
		start := make(chan struct{})
		for range 3 {
			wg.Go(func() {
				var panicked *guard.PanicError
				_, _, err := g.Join(t.Context(), "k", func(context.Context) (int, error) {
					<-start
					panic("broken")
				})
				if !errors.As(err, &panicked) {
					t.Errorf("Join() = %v, want a panic", err)
				}
			})
		}
		synctest.Wait()
		close(start)
		wg.Wait()
		n, leave, err := g.Join(t.Context(), "k", func(context.Context) (int, error) { return 7, nil })
		if n != 7 || err != nil {
			t.Errorf("afterwards: Join() = %d, %v", n, err)
		}
		leave()
		g.Wait()
	})
}
