package container

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/sandbox/sandboxtest"
)

// doomedWorker makes a container with a running program, says who they are, and waits to be killed.
func doomedWorker() int {
	c, err := Start(StartOptions{IDBase: testIDBase, IDCount: testIDCount})
	if err != nil {
		return fail(err)
	}
	if err := c.Configure(context.Background(), testConfig(), nil, false); err != nil {
		return fail(err)
	}
	// A session of its own and a grandchild make sure that no signal to a group is what ends them.
	if err := c.Execve(&Exec{Args: []string{"/bin/sh", "-c", "setsid sleep 1000 & exec sleep 1000"}}); err != nil {
		return fail(err)
	}
	pid, _, err := next(c)
	if err != nil {
		return fail(err)
	}
	fmt.Println(c.Pid(), pid)
	_, _ = bufio.NewReader(os.Stdin).ReadByte() // never comes
	return 0
}

func fail(err error) int {
	fmt.Fprintln(os.Stderr, err)
	return 1
}

func TestContainerDiesWithItsWorker(t *testing.T) {
	sandboxtest.Require(t, sandboxtest.Root)
	sandboxtest.NoLeaks(t)
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
	var server, program int
	if _, err := fmt.Fscan(out, &server, &program); err != nil {
		t.Fatalf("the worker did not say who runs: %v", err)
	}
	pidfds := []int{pidfd(t, server), pidfd(t, program)}
	if err := worker.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = worker.Wait() // killed, as it should be
	for _, fd := range pidfds {
		awaitExit(t, fd)
	}
}

func pidfd(t *testing.T, pid int) int {
	t.Helper()
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		t.Fatalf("pidfd_open(%d): %v", pid, err)
	}
	t.Cleanup(func() { _ = unix.Close(fd) })
	return fd
}

// awaitExit waits until the process of a pidfd has ended.
func awaitExit(t *testing.T, fd int) {
	t.Helper()
	eventually(t, "end of a process", func() bool {
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, 100)
		return err == nil && n == 1
	})
}
