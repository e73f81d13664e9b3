package container

import (
	"context"
	"errors"
	"os"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/sandbox/sandboxtest"
)

// atOnce fails when a call found out only by its deadline that the container is lost.
func atOnce(t *testing.T, name string, err error) {
	t.Helper()
	if errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("%s = %v, want that it does not wait for its deadline", name, err)
	}
}

func TestDeadlineOf(t *testing.T) {
	t.Parallel()
	limit := time.Now().Add(time.Hour)
	for _, d := range []time.Time{limit.Add(-time.Minute), limit.Add(time.Minute)} {
		ctx, cancel := context.WithDeadline(t.Context(), d)
		defer cancel()
		want := limit
		if d.Before(limit) {
			want = d
		}
		if got := deadlineOf(ctx, limit); !got.Equal(want) {
			t.Errorf("deadlineOf(%v, %v) = %v, want the earlier", d, limit, got)
		}
	}
	if got := deadlineOf(t.Context(), limit); !got.Equal(limit) {
		t.Errorf("deadlineOf without a deadline = %v, want %v", got, limit)
	}
}

// calls are all calls of a client that wait for an answer.
func calls(ctx context.Context, c *Client) map[string]func() error {
	conf := testConfig()
	conf.Mounts = nil // their sources are looked for through the server, which some tests do not have
	return map[string]func() error{
		"Ping":      func() error { return c.Ping(ctx) },
		"Reset":     func() error { return c.Reset(ctx) },
		"Delete":    func() error { return c.Delete(ctx, "/w/x") },
		"Configure": func() error { return c.Configure(ctx, conf, nil, false) },
		"Open": func() error {
			_, err := c.Open(ctx, []OpenCmd{{Path: "/w/x"}})
			return err
		},
	}
}

// wantLost checks that err is of a lost container, and that it stays so.
func wantLost(t *testing.T, c *Client, name string, err error) {
	t.Helper()
	var lost *LostError
	if !errors.As(err, &lost) {
		t.Fatalf("%s = %v, want *LostError", name, err)
	}
	if c.Lost() == nil {
		t.Errorf("Lost() after %s = nil", name)
	}
	for name, call := range calls(t.Context(), c) {
		if err := call(); !errors.As(err, &lost) {
			t.Errorf("%s on a lost container = %v, want *LostError", name, err)
		}
	}
	if err := c.Execve(&Exec{Args: []string{"x"}}); !errors.As(err, &lost) {
		t.Errorf("Execve on a lost container = %v, want *LostError", err)
	}
	if err := c.Kill(); !errors.As(err, &lost) {
		t.Errorf("Kill on a lost container = %v, want *LostError", err)
	}
}

func TestServerKilled(t *testing.T) {
	for _, name := range []string{"Ping", "Reset", "Delete", "Open", "Configure"} {
		t.Run(name, func(t *testing.T) {
			c := ready(t)
			fd := pidfd(t, c.Pid())
			if err := unix.Kill(c.Pid(), unix.SIGKILL); err != nil {
				t.Fatal(err)
			}
			awaitExit(t, fd)
			err := calls(t.Context(), c)[name]()
			wantLost(t, c, name, err)
			atOnce(t, name, err)
		})
	}
}

func TestServerKilledWhileAProgramRuns(t *testing.T) {
	c := ready(t)
	program := pidfd(t, begin(t, c, &Exec{Args: []string{"/bin/sleep", "1000"}}))
	if err := unix.Kill(c.Pid(), unix.SIGKILL); err != nil {
		t.Fatal(err)
	}
	_, _, err := next(c)
	wantLost(t, c, "Receive", err)
	awaitExit(t, program)
}

func TestServerStopped(t *testing.T) {
	for _, name := range []string{"Ping", "Reset", "Delete", "Open", "Configure"} {
		t.Run(name, func(t *testing.T) {
			c := ready(t)
			if err := unix.Kill(c.Pid(), unix.SIGSTOP); err != nil {
				t.Fatal(err)
			}
			err := calls(short(t), c)[name]()
			if !errors.Is(err, os.ErrDeadlineExceeded) || !strings.Contains(err.Error(), "wait for the reply to") {
				t.Errorf("%s = %v, want a deadline exceeded that says what was waited for", name, err)
			}
			wantLost(t, c, name, err)
		})
	}
}

// The runtime interrupts its threads whenever it likes; that is not the end of a container.
func TestWaitInterrupted(t *testing.T) {
	c, _ := fakeServer(t)
	stop, storm := make(chan struct{}), sync.WaitGroup{}
	defer storm.Wait()
	defer close(stop)
	runtime.LockOSThread() // the thread that waits is the one that is interrupted
	defer runtime.UnlockOSThread()
	pid, waiting := unix.Getpid(), unix.Gettid()
	storm.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				_ = unix.Tgkill(pid, waiting, unix.SIGURG) // the runtime's own
			}
		}
	})
	for range 2000 {
		if err := c.awaitReadable(time.Now().Add(100*time.Microsecond), -1); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatalf("awaitReadable() = %v, want %v", err, os.ErrDeadlineExceeded)
		}
	}
}

// A stopped server cannot read; the socket fills up, and the client must not block on that either.
func TestServerStoppedWithAFullSocket(t *testing.T) {
	c := ready(t)
	if err := unix.Kill(c.Pid(), unix.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	var err error
	for range 100_000 {
		if err = c.Kill(); err != nil {
			break
		}
	}
	wantLost(t, c, "Kill", err)
	if !errors.Is(err, syscall.EAGAIN) {
		t.Errorf("Kill() into a full socket = %v, want EAGAIN in it", err)
	}
}

// fakeServer is a client whose peer is the test.
func fakeServer(t *testing.T) (c *Client, peer int) {
	t.Helper()
	sandboxtest.NoLeaks(t)
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.SetsockoptInt(pair[0], unix.SOL_SOCKET, unix.SO_PASSCRED, 1); err != nil {
		t.Fatal(err)
	}
	if err := unix.SetsockoptInt(pair[1], unix.SOL_SOCKET, unix.SO_SNDBUF, 2*maxMessage); err != nil {
		t.Fatal(err)
	}
	c = &Client{socket: newSocket(pair[0])}
	t.Cleanup(func() {
		_ = unix.Close(pair[1]) // the lies are told
		if err := c.Close(); err != nil {
			t.Errorf("Close() = %v", err)
		}
	})
	return c, pair[1]
}

func TestLyingServer(t *testing.T) {
	success := (&reply{Type: replySuccess}).append(nil)
	finished := (&reply{Type: replyFinished, ExecReply: &execReply{}}).append(nil)
	oneOpened := (&reply{Type: replySuccess, OpenReply: &openReply{make([]errorReply, 1)}}).append(nil)
	twoOpened := (&reply{Type: replySuccess, OpenReply: &openReply{make([]errorReply, 2)}}).append(nil)
	refused := (&reply{Type: replySuccess, OpenReply: &openReply{[]errorReply{{Step: "open", Errno: unix.ENOENT}}}}).append(nil)
	for _, test := range []struct {
		name string
		call string
		data []byte
		fds  int
	}{
		{"garbage", "Ping", []byte("\x00\xff\x17garbage"), 0},
		{"garbage with descriptors", "Ping", []byte("garbage"), 5},
		{"another version", "Ping", []byte{protocolVersion + 1, byte(replySuccess), 0}, 0},
		{"an empty message", "Ping", nil, 0},
		{"an empty message with descriptors", "Ping", nil, 3},
		{"too much", "Ping", append(success, make([]byte, maxMessage+10)...), 3},
		{"finished in answer to ping", "Ping", finished, 0},
		{"finished in answer to open", "Open", finished, 2},
		{"descriptors with ping", "Ping", success, maxFDs},
		{"descriptors with reset", "Reset", success, 1},
		{"descriptors with delete", "Delete", success, 1},
		{"descriptors with conf", "Configure", success, 1},
		{"no answer for a file", "Open", success, 0},
		{"no answer for a file but a descriptor", "Open", success, 1},
		{"answers for two files", "Open", twoOpened, 2},
		{"opened, but no descriptor", "Open", oneOpened, 0},
		{"opened, with two descriptors", "Open", oneOpened, 2},
		{"refused, with a descriptor", "Open", refused, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, peer := fakeServer(t)
			var oob []byte
			if test.fds > 0 {
				oob = unix.UnixRights(nulls(t, test.fds)...)
			}
			if err := unix.Sendmsg(peer, test.data, oob, nil, 0); err != nil {
				t.Fatal(err)
			}
			err := calls(t.Context(), c)[test.call]()
			wantLost(t, c, test.call, err)
			atOnce(t, test.call, err)
		})
	}
}

func TestLyingServerDuringARun(t *testing.T) {
	for _, test := range []struct {
		name string
		r    reply
		fds  int
	}{
		{"descriptors with the pid", reply{Type: replySuccess}, 1},
		{"descriptors with finished", reply{Type: replyFinished, ExecReply: &execReply{}}, 2},
		{"descriptors with an error", reply{Type: replyError, Error: &errorReply{}}, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, peer := fakeServer(t)
			if err := unix.Sendmsg(peer, test.r.append(nil), unix.UnixRights(nulls(t, test.fds)...), nil, 0); err != nil {
				t.Fatal(err)
			}
			_, _, err := next(c)
			wantLost(t, c, "Receive", err)
		})
	}
}

func TestSilentServer(t *testing.T) {
	c, _ := fakeServer(t)
	err := c.Ping(short(t))
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("Ping() = %v, want a deadline exceeded", err)
	}
	wantLost(t, c, "Ping", err)
}

func TestServerThatHangsUp(t *testing.T) {
	c, peer := fakeServer(t)
	if err := unix.Shutdown(peer, unix.SHUT_RDWR); err != nil {
		t.Fatal(err)
	}
	wantLost(t, c, "Ping", c.Ping(short(t)))
}

// The last words of a server that dies go into the error.
func TestLastWords(t *testing.T) {
	c, peer := fakeServer(t)
	c.stderr = ownMemFile(t, strings.Repeat("x", 5000)+" the reason\n")
	if err := unix.Shutdown(peer, unix.SHUT_RDWR); err != nil {
		t.Fatal(err)
	}
	err := c.Ping(short(t))
	if err == nil || !strings.HasSuffix(err.Error(), " the reason") || len(err.Error()) > 2500 {
		t.Errorf("Ping() = %.100q..., want an error with the end of what the server said, and not all of it", err)
	}
}

// A context that has ended already costs no container.
func TestEndedContext(t *testing.T) {
	c := ready(t)
	cause := errors.New("no longer wanted")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	for name, call := range calls(ctx, c) {
		if err := call(); !errors.Is(err, cause) {
			t.Errorf("%s with an ended context = %v, want its cause", name, err)
		}
	}
	alive(t, c)
}
