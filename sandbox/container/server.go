package container

import (
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/sandbox/forkexec"
)

// containerServer is pid 1 of a container. One goroutine, handle, owns everything but the channels; three
// more do nothing but wait: for a command, for room to send a reply, for a process.
type containerServer struct {
	socket          *socket
	containerConfig          // owned by handle, set by conf
	defaultEnv      []string // owned by handle

	recvCh chan recvCmd   // commands in
	sendCh chan sendReply // replies out

	waitPid       chan int           // process to wait for
	waitPidResult chan waitPidResult // how it ended, once everything in the container is gone

	file     *os.File // the socket, for waiting in the Go scheduler
	starter  *forkexec.Starter
	state    state     // owned by handle
	cgroups  []int     // owned by handle: tasks files, or one directory
	cgroupV2 bool      // owned by handle
	writable []wipeDir // owned by handle: what reset has to empty
	running  forkexec.Process
}

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
	// It waits for the socket in the Go scheduler, not in a thread of its own.
	if err := unix.SetNonblock(fd, true); err != nil {
		return nil, os.NewSyscallError("fcntl", err)
	}
	starter, err := forkexec.NewStarter()
	if err != nil {
		return nil, err
	}
	return &containerServer{
		socket:        newSocket(fd),
		file:          os.NewFile(uintptr(fd), "client"),
		starter:       starter,
		recvCh:        make(chan recvCmd),
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

// recvLoop turns messages into commands.
func (s *containerServer) recvLoop() {
	for {
		m, err := s.receive()
		switch {
		case errors.Is(err, errClosed):
			os.Exit(0)
		case errors.Is(err, errMalformed):
			s.recvCh <- recvCmd{err: err}
			continue
		case err != nil:
			die("receive a command", err)
		}
		c, err := parseCmd(m.data)
		if err != nil {
			m.close()
			m.fds = nil
		}
		s.recvCh <- recvCmd{cmd: c, fds: m.fds, err: err}
	}
}

// receive waits for a message in the Go scheduler.
func (s *containerServer) receive() (m message, err error) {
	conn, err := s.file.SyscallConn()
	if err != nil {
		return m, err
	}
	waitErr := conn.Read(func(uintptr) bool {
		m, err = s.socket.receive()
		return !errors.Is(err, syscall.EAGAIN)
	})
	return m, errors.Join(err, waitErr)
}

// sendLoop sends replies in order.
func (s *containerServer) sendLoop() {
	out := &socket{fd: s.socket.fd}
	conn, err := s.file.SyscallConn()
	if err != nil {
		die("wait on the socket", err)
	}
	for r := range s.sendCh {
		var buf [512]byte
		data := appendReply(buf[:0], r.reply)
		var sendErr error
		waitErr := conn.Write(func(uintptr) bool {
			sendErr = out.send(data, r.fds, r.pid)
			if errors.Is(sendErr, syscall.ESRCH) {
				// The program has ended and been reaped already; nobody else has its pid yet.
				sendErr = out.send(data, r.fds, 0)
			}
			return !errors.Is(sendErr, syscall.EAGAIN)
		})
		closeAll(r.fds)
		switch err := errors.Join(sendErr, waitErr); {
		case errors.Is(err, errClosed):
			os.Exit(0)
		case err != nil:
			die("send a reply", err)
		}
	}
}

// handleLoop answers every command, one at a time.
func (s *containerServer) handleLoop() {
	for {
		select {
		case c := <-s.recvCh:
			s.handle(c)
		case r := <-s.waitPidResult:
			s.finished(r)
		}
	}
}

// handle does what the state allows, and answers an error to everything else. Descriptors that no command
// asked for are closed.
func (s *containerServer) handle(c recvCmd) {
	if c.err != nil {
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
		return c.ConfCmd.Cgroups
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

func (s *containerServer) reply(r *reply) { s.sendCh <- sendReply{reply: r} }

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
