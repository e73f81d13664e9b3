package container

import (
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/sandbox/forkexec"
)

// containerServer is pid 1 of a container. One goroutine, handleLoop, owns everything but the channels.
//
// A judge runs many short programs in a row, and each hop between threads costs as much as the rest of a run.
// So while commands and programs are quick, handleLoop waits for them itself, in system calls that the Go
// scheduler does not hear of. What takes longer is handed to one of three goroutines, each of which does
// nothing but wait: recvLoop for a command, sendLoop for room to send a reply, waitLoop for a process.
type containerServer struct {
	socket          *socket
	containerConfig          // owned by handleLoop, set by conf
	defaultEnv      []string // owned by handleLoop

	recvCh chan recvCmd   // commands in
	sendCh chan sendReply // replies out

	waitPid       chan int           // process to wait for
	waitPidResult chan waitPidResult // how it ended, once everything in the container is gone

	recvAsk   chan struct{} // asks recvLoop for one command
	receiving bool          // owned by handleLoop: recvLoop has been asked
	unsent    atomic.Int64  // replies handed to sendLoop and not sent yet
	starter   *forkexec.Starter
	clock     clock     // set before the loops run
	state     state     // owned by handleLoop
	cgroups   []int     // owned by handleLoop: tasks files, or one directory
	cgroupV2  bool      // owned by handleLoop
	writable  []wipeDir // owned by handleLoop: what reset has to empty
	running   forkexec.Process
	ledger    *ledger // owned by whoever waits for processes; nil without Config.Account
	sealed    bool    // owned by handleLoop: the root file system is read-only
	shut      bool    // owned by handleLoop: the writable directories are not, for the program
}

// How long handleLoop waits by itself. The first is long, so that a judge that pauses between tests still
// finds a quick server; after it an idle container uses no CPU at all. The second is short, because orphans
// are reaped only after it.
const (
	quickCommand = 200 * time.Millisecond
	quickProgram = 5 * time.Millisecond
)

// recvCmd is one command as it came in. A message that is no command has err set and cmd nil.
type recvCmd struct {
	cmd *cmd
	fds []int // owned by whoever handles the command
	err error
}

// sendReply is one reply to go out, with descriptors (closed after sending) and a pid.
type sendReply struct {
	reply *reply
	fds   []int
	pid   int
}

type waitPidResult struct {
	status syscall.WaitStatus
	end    time.Duration // CLOCK_MONOTONIC
	err    error
}

// state is where the container is in its life.
type state int

const (
	stateInit    state = iota // waits for its configuration
	stateReady                // waits for commands
	stateRunning              // a program runs
)

func (s state) String() string {
	return [...]string{"init", "ready", "running"}[s]
}

// serve runs the container server on the socket fd, and never returns: when the client goes, so does the
// process, and with pid 1 the kernel ends everything in the container.
func serve(fd int) {
	// A server holds little and lives long: collect early rather than grow.
	debug.SetGCPercent(50)
	s, err := newServer(fd)
	if err != nil {
		die("start the container server", err)
	}
	go s.recvLoop()
	go s.sendLoop()
	go s.waitLoop()
	s.handleLoop()
}

func newServer(fd int) (*containerServer, error) {
	if err := shieldServer(); err != nil {
		return nil, err
	}
	if err := unix.SetNonblock(fd, false); err != nil {
		return nil, os.NewSyscallError("fcntl", err)
	}
	timeout := unix.NsecToTimeval(int64(quickCommand))
	if err := unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &timeout); err != nil {
		return nil, os.NewSyscallError("setsockopt", err)
	}
	starter, err := forkexec.NewStarter()
	if err != nil {
		return nil, err
	}
	return &containerServer{
		socket:        newSocket(fd),
		starter:       starter,
		clock:         newClock(),
		recvCh:        make(chan recvCmd),
		recvAsk:       make(chan struct{}, 1),
		sendCh:        make(chan sendReply, 1),
		waitPid:       make(chan int),
		waitPidResult: make(chan waitPidResult),
	}, nil
}

// die ends the container. The client reads the reason from the standard error.
func die(step string, err error) {
	fmt.Fprintf(os.Stderr, "gavel container: %s: %v\n", step, err)
	os.Exit(1)
}

// recvLoop waits for one command each time it is asked to.
func (s *containerServer) recvLoop() {
	for range s.recvAsk {
		s.await(unix.POLLIN)
		m, err := s.socket.receive()
		s.recvCh <- toCommand(m, err)
	}
}

// await waits until the socket is ready, and lets the Go scheduler do other things meanwhile.
func (s *containerServer) await(events int16) {
	_, err := unix.Poll([]unix.PollFd{{Fd: int32(s.socket.fd), Events: events}}, -1)
	if err != nil && !errors.Is(err, syscall.EINTR) {
		die("wait on the socket", err)
	}
}

// toCommand reads a message. A client that is gone ends the process.
func toCommand(m message, err error) recvCmd {
	switch {
	case errors.Is(err, errClosed):
		os.Exit(0)
	case errors.Is(err, errMalformed), errors.Is(err, syscall.EAGAIN):
		return recvCmd{err: err}
	case err != nil:
		die("receive a command", err)
	}
	c, err := parseCmd(m.data)
	if err != nil {
		m.close()
		return recvCmd{err: err}
	}
	return recvCmd{cmd: c, fds: m.fds}
}

// sendLoop sends the replies for which there was no room at once.
func (s *containerServer) sendLoop() {
	for r := range s.sendCh {
		for !s.trySend(r) {
			s.await(unix.POLLOUT)
		}
		s.unsent.Add(-1)
	}
}

// trySend sends a reply if there is room for it, and then closes its descriptors.
func (s *containerServer) trySend(r sendReply) bool {
	var buf [512]byte
	data := appendReply(buf[:0], r.reply)
	err := s.socket.send(data, r.fds, r.pid)
	if errors.Is(err, syscall.ESRCH) {
		// The program has ended and been reaped already; nobody else has its pid yet.
		err = s.socket.send(data, r.fds, 0)
	}
	switch {
	case errors.Is(err, syscall.EAGAIN):
		return false
	case errors.Is(err, errClosed):
		os.Exit(0)
	case err != nil:
		die("send a reply", err)
	}
	closeAll(r.fds)
	return true
}

// send sends a reply, after those that still wait.
func (s *containerServer) send(r sendReply) {
	if s.unsent.Load() == 0 && s.trySend(r) {
		return
	}
	s.unsent.Add(1)
	s.sendCh <- r
}

// handleLoop answers every command, one at a time.
func (s *containerServer) handleLoop() {
	for {
		if s.state != stateRunning && !s.receiving {
			m, err := s.socket.receiveSoon()
			if !errors.Is(err, syscall.EAGAIN) {
				s.handle(toCommand(m, err))
				continue
			}
		}
		if !s.receiving {
			s.receiving = true
			s.recvAsk <- struct{}{}
		}
		select {
		case c := <-s.recvCh:
			s.receiving = false
			s.handle(c)
		case r := <-s.waitPidResult:
			s.finished(r)
		}
	}
}

// handle does what the state allows, and answers an error to everything else. Descriptors that no command
// asked for are closed.
func (s *containerServer) handle(c recvCmd) {
	switch {
	case errors.Is(c.err, syscall.EAGAIN): // woken for nothing
		return
	case c.err != nil:
		s.replyError("receive", c.err)
		return
	}
	if err := s.allowed(c.cmd.Cmd); err != nil {
		closeAll(c.fds)
		s.replyError(c.cmd.Cmd.String(), err)
		return
	}
	if want := c.cmd.descriptors(); want != len(c.fds) {
		closeAll(c.fds)
		s.replyError(c.cmd.Cmd.String(), fmt.Errorf("%w: %d descriptors came with it, want %d", errMalformed, len(c.fds), want))
		return
	}
	switch c.cmd.Cmd {
	case cmdPing:
		s.reply(&reply{Type: replySuccess})
	case cmdConf:
		s.conf(c.cmd.ConfCmd, c.fds)
	case cmdOpen:
		s.open(c.cmd.OpenCmd)
	case cmdDelete:
		s.replyResult("delete", s.remove(c.cmd.DeleteCmd.Path))
	case cmdReset:
		s.replyResult("reset", s.reset())
	case cmdExecve:
		s.execve(c.cmd.ExecCmd, c.fds)
	case cmdKill:
		killAll()
	}
}

// descriptors is how many descriptors must come with a command.
func (c *cmd) descriptors() int {
	switch {
	case c.ConfCmd != nil:
		return c.ConfCmd.Cgroups + c.ConfCmd.Conf.binds()
	case c.ExecCmd != nil && c.ExecCmd.ExecFile:
		return c.ExecCmd.Files + c.ExecCmd.Cgroups + 1
	case c.ExecCmd != nil:
		return c.ExecCmd.Files + c.ExecCmd.Cgroups
	}
	return 0
}

// allowed tells whether the state permits the command.
func (s *containerServer) allowed(c cmdType) error {
	ok := c == cmdPing
	switch s.state {
	case stateInit:
		ok = ok || c == cmdConf
	case stateReady:
		ok = ok || c != cmdConf && c != cmdKill
	case stateRunning:
		ok = ok || c == cmdKill
	}
	// A kill that crosses with the end of its program has nothing left to do, and no reply to wait for.
	if !ok && c != cmdKill {
		return fmt.Errorf("not allowed in state %s", s.state)
	}
	return nil
}

func (s *containerServer) reply(r *reply) { s.send(sendReply{reply: r}) }

func (s *containerServer) replyResult(step string, err error) {
	if err != nil {
		s.replyError(step, err)
		return
	}
	s.reply(&reply{Type: replySuccess})
}

func (s *containerServer) replyError(step string, err error) {
	r := toErrorReply(step, err)
	s.reply(&reply{Type: replyError, Error: &r})
}

// toErrorReply keeps the errno of err for the other side.
func toErrorReply(step string, err error) errorReply {
	r := errorReply{Step: step, Message: err.Error()}
	var started *forkexec.StepError
	if errors.As(err, &started) {
		return errorReply{Step: started.Step.String(), Errno: started.Errno}
	}
	var reply *errorReply
	if errors.As(err, &reply) {
		return *reply
	}
	if errors.As(err, &r.Errno) {
		r.Message = trimErrno(r.Message, r.Errno)
	}
	if len(r.Message) > maxErrorMessage {
		r.Message = r.Message[:maxErrorMessage]
	}
	return r
}

const maxErrorMessage = 2048

// trimErrno takes the errno's own text off the end of a message that will get it back when printed.
func trimErrno(message string, errno syscall.Errno) string {
	tail := ": " + errno.Error()
	if n := len(message) - len(tail); n >= 0 && message[n:] == tail {
		return message[:n]
	}
	return message
}
