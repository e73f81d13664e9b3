package pool

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/sandbox"
	"github.com/gaveloj/gavel/sandbox/cgroup"
)

// A Lease that meets a pool on its way to being closed must say so, and not return nothing.
func TestLeaseWhileClosing(t *testing.T) {
	p := open(t, Config{Slots: 1})
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	if box, err := p.Lease(t.Context()); !errors.Is(err, ErrClosed) {
		t.Errorf("Lease() of a pool that is being closed = %v, %v, want ErrClosed", box, err)
	}
}

// The end of a caller's context during the check of an idle container is no fault of the container.
func TestLeaseCheckOutlivesCaller(t *testing.T) {
	p := open(t, Config{Slots: 1})
	s := p.slots[0]
	s.lastAnswer = time.Now().Add(-2 * pingAfter)
	pid := s.box.Pid()
	if err := unix.Kill(pid, unix.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if box, err := p.Lease(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Lease() of a container that does not answer = %v, %v, want the end of the context", box, err)
	}
	if err := unix.Kill(pid, unix.SIGCONT); err != nil {
		t.Fatal(err)
	}
	if box := lease(t, p); box.Pid() != pid {
		t.Error("the container was replaced, though it answers")
	} else {
		p.Release(box)
	}
	if stats := p.Stats(); stats.Created != 1 || stats.Discarded != 0 {
		t.Errorf("statistics %+v, want one container created and none discarded", stats)
	}
}

// An idle container that was not asked for a while and is dead is replaced before it is leased.
func TestLeaseReplacesSilentContainer(t *testing.T) {
	p := open(t, Config{Slots: 1})
	s := p.slots[0]
	s.lastAnswer = time.Now().Add(-2 * pingAfter)
	old := s.box
	kill(t, old.Pid())
	box := lease(t, p)
	defer p.Release(box)
	if box == old {
		t.Error("lease of a dead container")
	}
	output(t, box, "true")
}

func TestIDRanges(t *testing.T) {
	t.Parallel()
	var previous uint32 = 1_878_982_656
	for _, at := range [][2]int{{0, 0}, {0, 1}, {0, 2*MaxSlots - 1}, {1, 0}, {cgroup.MaxTrees - 1, 2*MaxSlots - 1}} {
		base := idBase(at[0], at[1])
		if base < previous || uint64(base)+sandbox.IDCount-1 >= math.MaxUint32 {
			t.Errorf("idBase(%d, %d) = %d, want one above %d, with room for %d ids below 2^32-1", at[0], at[1], base, previous, sandbox.IDCount)
		}
		previous = base + sandbox.IDCount
	}
	for _, at := range [][2]int{{cgroup.MaxTrees, 0}, {142, 193}, {0, 2 * MaxSlots}, {-1, 0}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("idBase(%d, %d) gave ids that are not set apart", at[0], at[1])
				}
			}()
			idBase(at[0], at[1])
		}()
	}
}

func TestSubIDs(t *testing.T) {
	t.Parallel()
	name := userName()
	for text, want := range map[string][2]uint32{
		name + ":100000:65536\n":          {100000, 65536},
		"other:1:2\n" + name + ":7:8\n":   {7, 8},
		name + ":4294967290:5\n":          {4294967290, 5},
		name + ":4294967290:6\n":          {}, // the last of them is no id
		name + ":4294967295:4294967295\n": {},
		name + ":0:5\n":                   {},
		name + ":5:0\n":                   {},
		name + ":5\n":                     {},
		"":                                {},
		name + ":x:5\n":                   {},
		name + ":99999999999999999999999999999:5\n": {},
	} {
		file := filepath.Join(t.TempDir(), "subuid")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		first, count, err := subIDs(file)
		if got := [2]uint32{first, count}; got != want || (err == nil) != (want != [2]uint32{}) {
			t.Errorf("subIDs of %q = %v, %v, want %v", text, got, err, want)
		}
	}
}
