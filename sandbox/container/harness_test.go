package container

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/sandbox/sandboxtest"

	"github.com/gaveloj/gavel/sandbox/forkexec"
)

// patience is how long a test waits for what must come. It is far above what a busy machine needs.
const patience = 30 * time.Second

// Ids of the containers that these tests make, away from those of pools, which start at 1,900,000,000.
const (
	testIDBase  = 1_890_000_000
	testIDCount = 1 << 16
)

// testConfig has the toolchains, /proc, /dev/null, and writable /w and /tmp.
func testConfig() Config {
	conf := Config{
		HostName:   "box",
		WorkDir:    "/w",
		Credential: forkexec.Credential{UID: 1000, GID: 1000},
		DefaultEnv: []string{"PATH=/usr/bin:/bin", "HOME=/w"},
		MaskPaths:  []string{"/proc/keys"},
		Mounts: []Mount{
			{Kind: MountBind, Source: "/dev/null", Target: "/dev/null", Writable: true},
			{Kind: MountProc, Target: "/proc"},
			{Kind: MountTmpfs, Target: "/w", Size: 64 << 20, Inodes: 8192, Owned: true},
			{Kind: MountTmpfs, Target: "/tmp", Size: 64 << 20, Inodes: 8192, Owned: true},
		},
	}
	for _, dir := range []string{"/usr", "/bin", "/lib", "/lib64"} {
		if _, err := os.Stat(dir); err == nil {
			conf.Mounts = append(conf.Mounts, Mount{Kind: MountBind, Source: dir, Target: dir})
		}
	}
	return conf
}

// start makes a container that waits for its configuration, and ends it with the test.
func start(t testing.TB) *Client {
	t.Helper()
	sandboxtest.Require(t, sandboxtest.Root)
	sandboxtest.NoLeaks(t)
	c, err := Start(StartOptions{IDBase: testIDBase, IDCount: testIDCount})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Errorf("Close() = %v", err)
		}
	})
	return c
}

// ready makes a container in state ready.
func ready(t testing.TB) *Client {
	t.Helper()
	c := start(t)
	if err := c.Configure(t.Context(), testConfig(), nil, false); err != nil {
		t.Fatalf("Configure() = %v", err)
	}
	return c
}

// short is a context whose deadline has come before anybody gets impatient.
func short(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	t.Cleanup(cancel)
	return ctx
}

// next waits for the next message about the running program.
func next(c *Client) (pid int, finished *Finished, err error) {
	for {
		started, finished, err := c.Receive()
		if started != nil {
			return started.Pid, nil, nil
		}
		if !errors.Is(err, ErrNothing) {
			return 0, finished, err
		}
		if err := c.awaitReadable(time.Now().Add(patience), -1); err != nil {
			return 0, nil, err
		}
	}
}

// begin starts a program that takes a while, and returns its pid on the host.
func begin(t testing.TB, c *Client, x *Exec) int {
	t.Helper()
	if err := c.Execve(x); err != nil {
		t.Fatalf("Execve(%.200q) = %v", fmt.Sprint(x.Args), err)
	}
	pid, finished, err := next(c)
	if err != nil || finished != nil || pid == 0 {
		t.Fatalf("Receive() after Execve(%.200q) = %d, %+v, %v, want a pid", fmt.Sprint(x.Args), pid, finished, err)
	}
	return pid
}

// end waits for the end of the program that runs. A quick one is never announced by its pid.
func end(t testing.TB, c *Client) *Finished {
	t.Helper()
	for {
		_, finished, err := next(c)
		if err != nil {
			t.Fatalf("Receive() = %v, want finished", err)
		}
		if finished != nil {
			return finished
		}
	}
}

// run runs a program to its end.
func run(t testing.TB, c *Client, x *Exec) *Finished {
	t.Helper()
	if err := c.Execve(x); err != nil {
		t.Fatalf("Execve(%.200q) = %v", fmt.Sprint(x.Args), err)
	}
	return end(t, c)
}

// sh runs a script to its end, and returns what it printed on both streams and its status.
func sh(t testing.TB, c *Client, script string) (string, syscall.WaitStatus) {
	t.Helper()
	out := memFile(t, "")
	status := run(t, c, &Exec{Args: []string{"/bin/sh", "-c", script}, Files: []*os.File{devNull(t), out, out}}).Status
	data, err := os.ReadFile(fmt.Sprintf("/proc/self/fd/%d", out.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	return string(data), status
}

// mustSh is sh for scripts that must succeed.
func mustSh(t testing.TB, c *Client, script string) string {
	t.Helper()
	out, status := sh(t, c, script)
	if status != 0 {
		t.Fatalf("sh -c %q: status %#x, printed %q", script, uint32(status), out)
	}
	return out
}

// devNull is /dev/null for both directions.
func devNull(t testing.TB) *os.File {
	t.Helper()
	f, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

// memFile is a file in memory at offset 0, closed with the test.
func memFile(t testing.TB, data string) *os.File {
	t.Helper()
	f := ownMemFile(t, data)
	t.Cleanup(func() { _ = f.Close() })
	return f
}

// ownMemFile is the same for a caller that closes it.
func ownMemFile(t testing.TB, data string) *os.File {
	t.Helper()
	fd, err := unix.MemfdCreate("test", unix.MFD_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	f := os.NewFile(uintptr(fd), "test")
	if _, err := f.WriteAt([]byte(data), 0); err != nil {
		t.Fatal(err)
	}
	return f
}

// raw sends bytes as they are, with descriptors, past every check of the client.
func raw(t testing.TB, c *Client, data []byte, fds ...int) {
	t.Helper()
	var oob []byte
	if len(fds) > 0 {
		oob = unix.UnixRights(fds...)
	}
	if err := unix.Sendmsg(c.socket.fd, data, oob, nil, 0); err != nil {
		t.Fatalf("sendmsg of %d bytes with %d descriptors: %v", len(data), len(fds), err)
	}
}

// rawReply waits for the reply to a raw message. Nothing may come with it.
func rawReply(t testing.TB, c *Client) *reply {
	t.Helper()
	if err := c.awaitReadable(time.Now().Add(patience), -1); err != nil {
		t.Fatalf("wait for a reply: %v", err)
	}
	r, err := c.receive()
	if err != nil {
		t.Fatalf("receive a reply: %v", err)
	}
	if len(r.fds) != 0 {
		closeAll(r.fds)
		t.Errorf("%d descriptors came with reply %+v", len(r.fds), r.reply)
	}
	return r.reply
}

// alive checks that the container still answers.
func alive(t testing.TB, c *Client) {
	t.Helper()
	if err := c.Ping(t.Context()); err != nil {
		t.Fatalf("Ping() = %v, want a container that still answers", err)
	}
}

// openDescriptors lists what the server has open, sorted, once it has done all that it was told.
func openDescriptors(t testing.TB, c *Client) []string {
	t.Helper()
	alive(t, c)
	dir := fmt.Sprintf("/proc/%d/fd", c.Pid())
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, e := range entries {
		target, err := os.Readlink(filepath.Join(dir, e.Name()))
		if err != nil {
			continue // closed meanwhile
		}
		list = append(list, target)
	}
	slices.Sort(list)
	return list
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

// exists tells whether a process is there and no zombie.
func exists(pid int) bool {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	_, after, _ := strings.Cut(string(data[bytes.LastIndexByte(data, ')'):]), " ")
	return !strings.HasPrefix(after, "Z") && !strings.HasPrefix(after, "X")
}

// readAll reads a file from its start, and closes it.
func readAll(t testing.TB, f *os.File) string {
	t.Helper()
	defer f.Close()
	data, err := os.ReadFile(fmt.Sprintf("/proc/self/fd/%d", f.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
