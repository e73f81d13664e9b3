package pool

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gaveloj/gavel/sandbox"
)

func TestLeaseAndRelease(t *testing.T) {
	p := open(t, Config{Slots: 2})
	if diff := cmp.Diff(Stats{Slots: 2, Idle: 2, Created: 2}, p.Stats()); diff != "" {
		t.Errorf("statistics of a new pool (-want +got):\n%s", diff)
	}
	a, b := lease(t, p), lease(t, p)
	if a == b {
		t.Fatal("two leases of one container")
	}
	output(t, a, "echo a > note")
	if got := output(t, b, "ls"); got != "" {
		t.Errorf("the other container has %q", got)
	}
	if diff := cmp.Diff(Stats{Slots: 2, Leased: 2, Created: 2, Leases: 2}, p.Stats()); diff != "" {
		t.Errorf("statistics with both leased (-want +got):\n%s", diff)
	}
	p.Release(a)
	again := lease(t, p)
	if again != a {
		t.Error("lease of something else than the only free container")
	}
	if got := output(t, again, "ls"); got != "" {
		t.Errorf("the container was not reset: %q", got)
	}
	p.Release(again)
	p.Release(b)
	eventually(t, "both idle", func() bool { return p.Stats().Idle == 2 })
	if diff := cmp.Diff(Stats{Slots: 2, Idle: 2, Created: 2, Leases: 3, Resets: 3}, p.Stats()); diff != "" {
		t.Errorf("statistics in the end (-want +got):\n%s", diff)
	}
	if err := p.Fault(); err != nil {
		t.Errorf("Fault() = %v", err)
	}
}

func TestLeaseWaits(t *testing.T) {
	p := open(t, Config{Slots: 1})
	box := lease(t, p)
	got := make(chan error, 1)
	go func() { // joined below
		second, err := p.Lease(t.Context())
		if err == nil {
			p.Release(second)
		}
		got <- err
	}()
	cause := errors.New("no longer wanted")
	ctx, cancel := context.WithCancelCause(t.Context())
	ended := make(chan error, 1)
	go func() { // joined below
		_, err := p.Lease(ctx)
		ended <- err
	}()
	cancel(cause)
	if err := <-ended; !errors.Is(err, cause) || !strings.Contains(err.Error(), "wait for a free container") {
		t.Errorf("Lease() with a context that ends = %v, want its cause", err)
	}
	select {
	case err := <-got:
		t.Errorf("Lease() of a leased container = %v, want it to wait", err)
	case <-time.After(20 * time.Millisecond):
		p.Release(box)
	}
	if err := <-got; err != nil {
		t.Errorf("Lease() after a release = %v", err)
	}
}

func TestLeaseWithEndedContext(t *testing.T) {
	p := open(t, Config{Slots: 1})
	cause := errors.New("no longer wanted")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	for range 20 { // whichever of the two it sees first
		if box, err := p.Lease(ctx); !errors.Is(err, cause) {
			t.Fatalf("Lease() = %v, %v, want the context's cause", box, err)
		}
	}
	p.Release(lease(t, p))
	if s := p.Stats(); s.Leases != 1 || s.Discarded != 0 {
		t.Errorf("statistics %+v, want one lease and nothing discarded", s)
	}
}

func TestReleaseTwicePanics(t *testing.T) {
	p := open(t, Config{Slots: 2})
	box := lease(t, p)
	p.Release(box)
	defer func() {
		if recover() == nil {
			t.Error("the second Release() of a container did not panic")
		}
	}()
	p.Release(box)
}

func TestKilledWhileIdle(t *testing.T) {
	p := open(t, Config{Slots: 2})
	old := []*sandbox.Sandbox{lease(t, p), lease(t, p)}
	for _, box := range old {
		p.Release(box)
	}
	eventually(t, "both idle", func() bool { return p.Stats().Idle == 2 })
	kill(t, old[0].Pid())
	kill(t, old[1].Pid())
	for range 2 {
		box := lease(t, p)
		if got := output(t, box, "echo new"); got != "new\n" {
			t.Errorf("printed %q", got)
		}
		defer p.Release(box)
	}
	if s := p.Stats(); s.Discarded != 2 || s.Created != 4 {
		t.Errorf("statistics %+v, want 2 discarded and 4 created", s)
	}
}

func TestKilledWhileLeased(t *testing.T) {
	p := open(t, Config{Slots: 1})
	for _, use := range []func(*sandbox.Sandbox) error{
		func(box *sandbox.Sandbox) error { _, err := box.Run(t.Context(), sh("exit 0")); return err },
		func(box *sandbox.Sandbox) error { return box.Put(t.Context(), sandbox.File{Path: "x"}) },
		func(*sandbox.Sandbox) error { return sandbox.ErrLost }, // released without being used
	} {
		box := lease(t, p)
		kill(t, box.Pid())
		if err := use(box); !errors.Is(err, sandbox.ErrLost) {
			t.Errorf("use of a killed container = %v, want ErrLost", err)
		}
		p.Release(box)
		fresh := lease(t, p)
		if got := output(t, fresh, "echo new; ls"); fresh == box || got != "new\n" {
			t.Errorf("after the release a container printed %q (the same one: %t)", got, fresh == box)
		}
		p.Release(fresh)
	}
	if s := p.Stats(); s.Discarded != 3 {
		t.Errorf("statistics %+v, want 3 discarded", s)
	}
}

func TestMaxUses(t *testing.T) {
	p := open(t, Config{Slots: 1, MaxUses: 3})
	seen := map[*sandbox.Sandbox]int{}
	for range 7 {
		box := lease(t, p)
		seen[box]++
		p.Release(box)
	}
	eventually(t, "idle", func() bool { return p.Stats().Idle == 1 })
	if len(seen) != 3 {
		t.Errorf("7 leases of %d containers, want 3 that serve 3 times each", len(seen))
	}
	if diff := cmp.Diff(Stats{Slots: 1, Idle: 1, Created: 3, Leases: 7, Resets: 5, Discarded: 2}, p.Stats()); diff != "" {
		t.Errorf("statistics (-want +got):\n%s", diff)
	}
}

func TestMaxAge(t *testing.T) {
	p := open(t, Config{Slots: 1, MaxAge: time.Nanosecond})
	box := lease(t, p)
	p.Release(box)
	fresh := lease(t, p)
	if fresh == box || p.Stats().Discarded != 1 {
		t.Errorf("an old container was not replaced: %+v", p.Stats())
	}
	p.Release(fresh)
}

func TestConfigErrors(t *testing.T) {
	require(t)
	for _, test := range []struct {
		name string
		cfg  Config
		says string
	}{
		{"negative slots", Config{Slots: -1}, "choose 1 to"},
		{"too many slots", Config{Slots: 100_000}, "choose 1 to"},
		{"more pinned slots than cores", Config{Slots: MaxSlots, Pin: true}, "switch pinning off"},
		{"missing mount", Config{Slots: 1, Mounts: []Mount{{Source: "/no/such", Target: "/x"}}}, "/no/such"},
		{"relative target", Config{Slots: 1, Mounts: []Mount{{Source: "/usr", Target: "x"}}}, `"x"`},
		{"target below a file", Config{Slots: 1, Mounts: []Mount{{Source: "/usr", Target: "/dev/null/x"}}}, "mount /dev/null"},
	} {
		t.Run(test.name, func(t *testing.T) {
			p, err := New(t.Context(), test.cfg)
			if err == nil {
				t.Fatal(errors.Join(errors.New("New() succeeded"), p.Close()))
			}
			if !strings.Contains(err.Error(), test.says) {
				t.Errorf("New() = %v, want %q in it", err, test.says)
			}
		})
	}
}

func TestNewWithEndedContext(t *testing.T) {
	require(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if p, err := New(ctx, Config{Slots: 2}); !errors.Is(err, context.Canceled) {
		t.Errorf("New() = %v, %v, want context.Canceled", p, err)
	}
}

func TestPin(t *testing.T) {
	cores, err := usableCores()
	if err != nil {
		t.Fatal(err)
	}
	p := open(t, Config{Slots: len(cores), Pin: true})
	seen := map[string]bool{}
	for range cores {
		seen[output(t, lease(t, p), "nproc; grep Cpus_allowed_list /proc/self/status")] = true
	}
	if len(seen) != len(cores) {
		t.Errorf("%d containers on the cores %v, want each on one of its own", len(cores), seen)
	}
	for cpus := range seen {
		if !strings.HasPrefix(cpus, "1\n") {
			t.Errorf("a container has the cores %q, want one", cpus)
		}
	}
}

// TestMountBelowClosedDirectory binds what only the worker can reach: containers are other users.
func TestMountBelowClosedDirectory(t *testing.T) {
	closed := filepath.Join(t.TempDir(), "closed")
	shown := filepath.Join(closed, "shown")
	if err := os.MkdirAll(shown, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(shown, "file"), []byte("seen"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(closed, 0o700); err != nil {
		t.Fatal(err)
	}
	p := open(t, Config{Slots: 1, Mounts: []Mount{{Source: shown, Target: "/shown"}}})
	if got := output(t, lease(t, p), "cat /shown/file"); got != "seen" {
		t.Errorf("the file reads %q in the container, want seen", got)
	}
}
