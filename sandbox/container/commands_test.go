package container

import (
	"errors"
	"slices"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/sandbox/sandboxtest"
)

// socketPair is a socket of the server, blocking, and the descriptor of its client, both closed with the test.
func socketPair(t *testing.T) (server *socket, client int) {
	t.Helper()
	sandboxtest.NoLeaks(t)
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeAll(pair[:]) })
	return newSocket(pair[0]), pair[1]
}

func writeMessage(t *testing.T, fd int, data []byte) {
	t.Helper()
	if err := unix.Sendmsg(fd, data, nil, nil, 0); err != nil {
		t.Fatal(err)
	}
}

// newTestCommands are commands whose loop runs if the test asks for it, and ends with the test.
func newTestCommands(t *testing.T, s *socket, soon time.Duration, loop bool) *commands {
	t.Helper()
	c, err := newCommands(s, soon)
	if err != nil {
		t.Fatal(err)
	}
	if loop {
		done := make(chan struct{})
		go func() { c.loop(); close(done) }() // joined by the cleanup
		t.Cleanup(func() { close(c.ask); <-done })
	}
	return c
}

func TestNextReceivesQuickCommandItself(t *testing.T) {
	server, client := socketPair(t)
	c := newTestCommands(t, server, patience, false) // nobody else is there to receive it
	writeMessage(t, client, (&cmd{Cmd: cmdReset}).append(nil))
	if got, r := c.next(nil); r != nil || got.err != nil || got.cmd.Cmd != cmdReset {
		t.Errorf("next() = %+v, %v, want reset", got, r)
	}
	writeMessage(t, client, []byte("nonsense"))
	if got, r := c.next(nil); r != nil || !errors.Is(got.err, errMalformed) {
		t.Errorf("next() of nonsense = %+v, %v, want errMalformed", got, r)
	}
}

func TestNextLeavesSlowCommandToLoop(t *testing.T) {
	server, client := socketPair(t)
	c := newTestCommands(t, server, time.Millisecond, true)
	got := make(chan recvCmd)
	go func() { // joined below
		cmd, _ := c.next(nil)
		got <- cmd
	}()
	eventually(t, "the loop being asked", func() bool {
		select {
		case cmd := <-got:
			t.Fatalf("next() without a command = %+v", cmd)
		default:
		}
		return len(c.ask) == 0
	})
	writeMessage(t, client, (&cmd{Cmd: cmdPing}).append(nil))
	if cmd := <-got; cmd.err != nil || cmd.cmd.Cmd != cmdPing {
		t.Errorf("next() = %+v, want ping", cmd)
	}
}

// The end of a program may come before the next command, which is not lost then.
func TestNextReturnsEndOfProgram(t *testing.T) {
	server, client := socketPair(t)
	c := newTestCommands(t, server, patience, true)
	ended := make(chan waitPidResult, 1)
	ended <- waitPidResult{status: 7}
	if _, r := c.next(ended); r == nil || r.status != 7 {
		t.Fatalf("next() = %v, want the end of the program", r)
	}
	for _, kind := range []cmdType{cmdPing, cmdReset} {
		writeMessage(t, client, (&cmd{Cmd: kind}).append(nil))
		if got, r := c.next(nil); r != nil || got.err != nil || got.cmd.Cmd != kind {
			t.Errorf("next() after the end of a program = %+v, %v, want %v", got, r, kind)
		}
	}
}

func TestNowWithoutCommand(t *testing.T) {
	server, client := socketPair(t)
	c := newTestCommands(t, server, patience, false)
	if got := c.now(); !errors.Is(got.err, syscall.EAGAIN) {
		t.Errorf("now() without a command = %+v, want EAGAIN", got)
	}
	writeMessage(t, client, (&cmd{Cmd: cmdKill}).append(nil))
	if got := c.now(); got.err != nil || got.cmd.Cmd != cmdKill {
		t.Errorf("now() = %+v, want kill", got)
	}
}

func readReply(t *testing.T, fd int) *reply {
	t.Helper()
	buf := make([]byte, maxMessage)
	n, err := unix.Read(fd, buf)
	if err != nil {
		t.Fatal(err)
	}
	r, err := parseReply(buf[:n])
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestSendQuickReply(t *testing.T) {
	server, client := socketPair(t)
	r := newReplies(server) // without its loop
	r.send(sendReply{reply: &reply{Type: replySuccess}})
	if got := readReply(t, client); got.Type != replySuccess {
		t.Errorf("the client got %+v, want success", got)
	}
}

// Replies to a client that does not read wait, and come in order once it does.
func TestRepliesWaitInOrder(t *testing.T) {
	server, client := socketPair(t)
	if err := unix.SetsockoptInt(server.fd, unix.SOL_SOCKET, unix.SO_SNDBUF, 16<<10); err != nil {
		t.Fatal(err)
	}
	r := newReplies(server)
	const count = 500
	done := make(chan struct{}, 2)
	go func() { r.loop(); done <- struct{}{} }() // joined below
	go func() {                                  // joined below
		for i := range count {
			r.send(sendReply{reply: &reply{Type: replyFinished, ExecReply: &execReply{PeakRSS: int64(i)}}})
		}
		done <- struct{}{}
	}()
	eventually(t, "a full socket", func() bool { return r.unsent.Load() > 0 })
	var got, want []int64
	for i := range count {
		got, want = append(got, readReply(t, client).ExecReply.PeakRSS), append(want, int64(i))
	}
	if !slices.Equal(got, want) {
		t.Errorf("replies came in the order %v", got)
	}
	<-done
	close(r.sendCh)
	<-done
}

// A reply that does not fit into a message becomes an error, and its descriptors are closed.
func TestReplyTooLong(t *testing.T) {
	server, client := socketPair(t)
	var p [2]int
	if err := unix.Pipe2(p[:], unix.O_CLOEXEC); err != nil {
		t.Fatal(err)
	}
	defer closeFD(p[0])
	r := newReplies(server)
	long := &errorReply{Message: string(make([]byte, maxMessage))}
	r.send(sendReply{reply: &reply{Type: replyError, Error: long}, fds: p[1:]})
	if got := readReply(t, client); got.Type != replyError || !errors.Is(got.Error, syscall.EMSGSIZE) {
		t.Errorf("the client got %+v, want EMSGSIZE", got)
	}
	if n, err := unix.Read(p[0], make([]byte, 1)); n != 0 || err != nil {
		t.Errorf("the descriptor that came with the reply is still open: read = %d, %v", n, err)
	}
}
