package pool

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/gaveloj/gavel/sandbox"
	"github.com/gaveloj/gavel/sandbox/sandboxtest"

	"go.uber.org/goleak"
)

// helperEnv makes this test binary play a worker that is about to die.
const helperEnv = "GAVEL_POOL_TEST_HELPER"

func TestMain(m *testing.M) {
	if os.Getenv(helperEnv) != "" {
		if err := doomedWorker(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

// doomedWorker makes a pool with a program running in it, says which processes and groups those are, and
// waits to be killed.
func doomedWorker() error {
	ctx := context.Background()
	p, err := New(ctx, Config{Slots: 2})
	if err != nil {
		return err
	}
	box, err := p.Lease(ctx)
	if err != nil {
		return err
	}
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	var group errgroup.Group
	group.Go(func() error {
		cmd := sh("echo x >&3; sleep 1000")
		cmd.ExtraFiles = []*os.File{w}
		_, err := box.Run(ctx, cmd)
		return err
	})
	if _, err := r.Read(make([]byte, 1)); err != nil {
		return err
	}
	fmt.Println(box.Pid(), p.tree.Index())
	_, _ = bufio.NewReader(os.Stdin).ReadByte() // never comes
	return group.Wait()
}

// treeDirs lists the control groups of tree n on this host, wherever they are.
func treeDirs(t *testing.T, n int) []string {
	t.Helper()
	var dirs []string
	for _, pattern := range []string{"/sys/fs/cgroup/gavel-%d", "/sys/fs/cgroup/*/gavel-%d"} {
		found, err := filepath.Glob(fmt.Sprintf(pattern, n))
		if err != nil {
			t.Fatal(err)
		}
		dirs = append(dirs, found...)
	}
	return dirs
}

func TestGroupsOfAKilledWorkerAreRemoved(t *testing.T) {
	require(t)
	worker := exec.Command("/proc/self/exe")
	worker.Env = append(os.Environ(), helperEnv+"=1")
	worker.Stderr = os.Stderr
	hold, err := worker.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer hold.Close()
	out, err := worker.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := worker.Start(); err != nil {
		t.Fatal(err)
	}
	var server, tree int
	if _, err := fmt.Fscan(out, &server, &tree); err != nil {
		t.Fatalf("the worker did not say what it made: %v", err)
	}
	if err := worker.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = worker.Wait() // killed, as it should be
	p, err := New(t.Context(), Config{Slots: 1})
	if err != nil {
		t.Fatal(err)
	}
	if left := treeDirs(t, tree); p.tree.Index() != tree && len(left) != 0 {
		t.Errorf("control groups of a dead worker are left: %v", left)
	}
	if err := p.tree.Leftover(); err != nil {
		t.Errorf("Leftover() = %v", err)
	}
	eventually(t, "end of the dead worker's container", func() bool {
		_, err := os.Stat(fmt.Sprintf("/proc/%d", server))
		return errors.Is(err, os.ErrNotExist)
	})
	if err := p.Close(); err != nil {
		t.Errorf("Close() = %v", err)
	}
}

func TestCloseTwice(t *testing.T) {
	p := open(t, Config{Slots: 2})
	if err := errors.Join(p.Close(), p.Close()); err != nil {
		t.Errorf("Close() twice = %v", err)
	}
	if box, err := p.Lease(t.Context()); !errors.Is(err, ErrClosed) {
		t.Errorf("Lease() after Close() = %v, %v, want ErrClosed", box, err)
	}
}

func TestCloseWithLeasedContainers(t *testing.T) {
	p := open(t, Config{Slots: 2})
	idle, running := lease(t, p), lease(t, p)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	var group errgroup.Group
	group.Go(func() error {
		cmd := sh("echo x >&3; sleep 1000")
		cmd.ExtraFiles = []*os.File{w}
		_, err := running.Run(t.Context(), cmd)
		return err
	})
	waiting := make(chan error, 1)
	group.Go(func() error {
		_, err := p.Lease(t.Context())
		waiting <- err
		return nil
	})
	if _, err := r.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	if err := p.Close(); err != nil {
		t.Errorf("Close() with leased containers = %v", err)
	}
	if err := group.Wait(); !errors.Is(err, sandbox.ErrLost) {
		t.Errorf("Run() in a container of a closed pool = %v, want ErrLost", err)
	}
	if err := <-waiting; !errors.Is(err, ErrClosed) {
		t.Errorf("Lease() that waited = %v, want ErrClosed", err)
	}
	if _, err := idle.Run(t.Context(), sh("exit 0")); !errors.Is(err, sandbox.ErrLost) {
		t.Errorf("Run() after Close() = %v, want ErrLost", err)
	}
	p.Release(idle)
	p.Release(running)
	if s := p.Stats(); s.Leased != 0 {
		t.Errorf("statistics %+v after all releases", s)
	}
}

// Closing while containers are being replaced must neither hang nor leave any behind.
func TestCloseDuringReplacement(t *testing.T) {
	for range 3 {
		p := open(t, Config{Slots: 2})
		for range 2 {
			box := lease(t, p)
			kill(t, box.Pid())
			p.Release(box)
		}
		if err := p.Close(); err != nil {
			t.Errorf("Close() = %v", err)
		}
	}
}

// 8 clients share 2 containers, and do all that goes wrong now and then.
func TestManyClients(t *testing.T) {
	p := open(t, Config{Slots: 2, MaxUses: 50})
	const clients = 8
	runs := 300
	if sandboxtest.Slowness() > 1 {
		runs = 120 // which wears containers out as well
	}
	turns := make(chan int, runs)
	for i := range runs {
		turns <- i
	}
	close(turns)
	var group errgroup.Group
	for range clients {
		group.Go(func() error {
			for i := range turns {
				if err := oneRun(t.Context(), p, i); err != nil {
					return fmt.Errorf("run %d: %w", i, err)
				}
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		t.Error(err)
	}
	eventually(t, "all idle", func() bool { return p.Stats().Idle == 2 })
	s := p.Stats()
	if s.Leases != uint64(runs) || s.Leased != 0 || s.Resets+s.Discarded != uint64(runs) || s.Created != s.Discarded+2 {
		t.Errorf("statistics %+v, want %d leases, each ended by a reset or a discard", s, runs)
	}
}

// oneRun leases a container and does one of several things in it.
func oneRun(ctx context.Context, p *Pool, i int) error {
	box, err := p.Lease(ctx)
	if err != nil {
		return err
	}
	defer p.Release(box)
	cmd := sh(fmt.Sprintf("ls; cat input; echo %d > note", i))
	want := fmt.Sprintf("input\ninput of %d\n", i)
	switch i % 10 {
	case 3: // a flood
		cmd, want = sh("cat /dev/zero"), ""
	case 5: // a sleeper
		cmd, want = sh("sleep 1000"), ""
		cmd.Limits.Wall = 20 * time.Millisecond
	case 7: // leftovers
		cmd.Args[2] += "; mkdir -p a/b/c /tmp/d; touch a/b/c/x /dev/shm/y; sleep 1000 & exit 0"
	}
	if err := box.Put(ctx, sandbox.File{Path: "input", Data: fmt.Appendf(nil, "input of %d\n", i)}); err != nil {
		return err
	}
	res, err := box.Run(ctx, cmd)
	if err != nil {
		return err
	}
	if want != "" && string(res.Stdout) != want {
		return fmt.Errorf("printed %q, want %q", res.Stdout, want)
	}
	if strings.Contains(cmd.Args[2], "zero") != (res.KilledBy == sandbox.KillOutput) {
		return fmt.Errorf("%q was killed by %q", cmd.Args[2], res.KilledBy)
	}
	return nil
}
