package container

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// An error can name a path that the client chose. However long that is, the reply fits into a message.
func TestLongErrorsDoNotLoseTheContainer(t *testing.T) {
	c := ready(t)
	unclean := "/w//" + strings.Repeat("\x01", 70_000) // four times as long when it is quoted
	err := c.Delete(t.Context(), unclean)
	if !errors.Is(err, syscall.EINVAL) {
		t.Errorf("Delete() of an unclean path = %.100v, want EINVAL", err)
	}
	opened, err := c.Open(t.Context(), []OpenCmd{{Path: unclean}})
	if err != nil || !errors.Is(opened[0].Err, syscall.EINVAL) {
		t.Errorf("Open() of an unclean path = %.100v, want EINVAL", err)
	}
	if err := c.Execve(&Exec{Args: []string{"/bin/true"}, MakeDirs: []string{unclean}}); err != nil {
		t.Fatal(err)
	}
	var notStarted *ExecError
	if _, _, err := next(c); !errors.As(err, &notStarted) || !errors.Is(err, syscall.EINVAL) {
		t.Errorf("a run with an unclean path = %.100v, want EINVAL", err)
	}
	items := make([]OpenCmd, 2*maxOpenBatch)
	for i := range items {
		items[i].Path = "/w//" + strings.Repeat("\x01", 600)
	}
	opened, err = c.Open(t.Context(), items)
	if err != nil || len(opened) != len(items) || !errors.Is(opened[len(items)-1].Err, syscall.EINVAL) {
		t.Errorf("Open() of many unclean paths = %d answers, %.100v, want an error for each", len(opened), err)
	}
	raw(t, c, (&cmd{Cmd: cmdOpen, OpenCmd: make([]OpenCmd, maxFDs)}).append(nil))
	if r := rawReply(t, c); r.Type != replyError || !errors.Is(r.Error, syscall.E2BIG) {
		t.Errorf("reply to opening %d files at once: %+v, want E2BIG", maxFDs, r)
	}
	alive(t, c)
}

// An error that comes after the start of a program was announced cannot mean that it was not started.
func TestErrorAfterTheStart(t *testing.T) {
	c, peer := fakeServer(t)
	if err := c.Execve(&Exec{Args: []string{"x"}}); err != nil {
		t.Fatal(err)
	}
	for _, r := range []*reply{
		{Type: replySuccess, StartReply: &startReply{}},
		{Type: replyError, Error: &errorReply{Step: "wait", Errno: syscall.ECHILD}},
	} {
		if err := unix.Sendmsg(peer, r.append(nil), nil, nil, 0); err != nil {
			t.Fatal(err)
		}
	}
	if started, _, err := c.Receive(); started == nil || err != nil {
		t.Fatalf("Receive() = %+v, %v, want started", started, err)
	}
	_, _, err := c.Receive()
	var notStarted *ExecError
	if errors.As(err, &notStarted) || !errors.Is(err, syscall.ECHILD) {
		t.Errorf("Receive() of an error after the start = %v, want a lost container", err)
	}
	wantLost(t, c, "Receive", err)
}

// brokenWait is what a container server does whose wait for a program has failed.
func brokenWait() {
	(&containerServer{replies: newReplies(newSocket(-1))}).finished(waitPidResult{err: syscall.ECHILD})
}

// A server that cannot wait for a program that it started dies: what it says of the run cannot be trusted.
func TestServerThatCannotWaitDies(t *testing.T) {
	t.Parallel()
	helper := exec.Command("/proc/self/exe")
	helper.Env = append(os.Environ(), helperEnv+"=broken wait")
	out, err := helper.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 || !strings.Contains(string(out), "wait for the program: no child processes") {
		t.Errorf("a server whose wait failed ended with %v and said %q, want exit status 1 and the reason", err, out)
	}
}

// A canceled call does not wait for its deadline when the server does not answer.
func TestCallCanceled(t *testing.T) {
	c, _ := fakeServer(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	cause := errors.New("no longer wanted")
	asked := make(chan error, 1)
	go func() { asked <- c.Ping(ctx) }() // joined below
	cancel(cause)
	select {
	case err := <-asked:
		if !errors.Is(err, cause) {
			t.Errorf("Ping() with a canceled context = %v, want its cause", err)
		}
	case <-time.After(callTimeout / 2):
		t.Errorf("Ping() with a canceled context still waits after %v", callTimeout/2)
		<-asked
	}
}

// A server that answers soon after the cancel is not lost.
func TestCallCanceledAndAnswered(t *testing.T) {
	c, peer := fakeServer(t)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { // joined below
		_, err := unix.Read(peer, make([]byte, 1000))
		for errors.Is(err, syscall.EAGAIN) { // the peer does not block
			runtime.Gosched()
			_, err = unix.Read(peer, make([]byte, 1000))
		}
		cancel()
		done <- errors.Join(err, unix.Sendmsg(peer, (&reply{Type: replySuccess}).append(nil), nil, nil, 0))
	}()
	if err := errors.Join(c.Ping(ctx), <-done); err != nil || c.Lost() != nil {
		t.Errorf("Ping() that is answered at the cancel = %v, lost: %v", err, c.Lost())
	}
}

// Files that came with an answer that does not fit are closed at once, not by the garbage collector.
func TestMisfitAnswerClosesFiles(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	for _, came := range []int{1, 3} {
		c, peer := fakeServer(t)
		var p [2]int
		if err := unix.Pipe2(p[:], unix.O_CLOEXEC); err != nil {
			t.Fatal(err)
		}
		defer closeFD(p[0])
		answer := (&reply{Type: replySuccess, OpenReply: &openReply{make([]errorReply, 2)}}).append(nil)
		if err := unix.Sendmsg(peer, answer, unix.UnixRights(slices.Repeat(p[1:], came)...), nil, 0); err != nil {
			t.Fatal(err)
		}
		closeFD(p[1])
		if _, err := c.Open(t.Context(), []OpenCmd{{Path: "/a"}, {Path: "/b"}}); err == nil {
			t.Errorf("Open() of 2 files with %d descriptors succeeded", came)
		}
		if n, err := unix.Read(p[0], make([]byte, 1)); n != 0 || err != nil { // it would block
			t.Errorf("files are still open: read = %d, %v", n, err)
		}
	}
}
