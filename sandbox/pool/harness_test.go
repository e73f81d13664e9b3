package pool

import (
	"context"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/sandbox"
	_ "github.com/gaveloj/gavel/sandbox/container/hook" // the test binary is its own container server
	"github.com/gaveloj/gavel/sandbox/sandboxtest"
)

// patience is how long a test waits for what must come, however busy the machine.
const patience = 30 * time.Second

func require(t testing.TB) {
	t.Helper()
	sandboxtest.Require(t, sandboxtest.Root, sandboxtest.Cgroup)
	sandboxtest.NoLeaks(t)
}

// open makes a pool that the test closes.
func open(t testing.TB, cfg Config) *Pool {
	t.Helper()
	require(t)
	p, err := New(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Errorf("Close() = %v", err)
		}
	})
	return p
}

// lease takes a container, and waits for one if it must.
func lease(t testing.TB, p *Pool) *sandbox.Sandbox {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	box, err := p.Lease(ctx)
	if err != nil {
		t.Fatalf("Lease() = %v", err)
	}
	return box
}

// sh is a shell script under limits that only what goes wrong exceeds.
func sh(text string) sandbox.Command {
	return sandbox.Command{Args: []string{"/bin/sh", "-c", text}, Limits: sandbox.Limits{
		CPU: 20 * time.Second, Wall: patience, Memory: 128 * sandbox.MiB, Output: sandbox.MiB, Pids: 50,
	}}
}

// output runs a script that must exit 0, and returns what it printed.
func output(t testing.TB, box *sandbox.Sandbox, text string) string {
	t.Helper()
	res, err := box.Run(t.Context(), sh(text))
	if err != nil || res.Outcome != sandbox.OutcomeExited || res.ExitCode != 0 {
		t.Fatalf("Run(%q) = %+v, %v, want exit 0", text, res, err)
	}
	return string(res.Stdout)
}

// eventually waits until claim holds.
func eventually(t testing.TB, what string, claim func() bool) {
	t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(patience); !claim(); <-tick.C {
		if time.Now().After(deadline) {
			t.Fatalf("not within %v: %s", patience, what)
		}
	}
}

// kill kills a container server and waits until it is dead.
func kill(t testing.TB, pid int) {
	t.Helper()
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	if err := unix.PidfdSendSignal(fd, unix.SIGKILL, nil, 0); err != nil {
		t.Fatal(err)
	}
	eventually(t, "end of the container server", func() bool {
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, 100)
		return err == nil && n == 1
	})
}
