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

// containerServer is pid 1 of a container. One goroutine, handleLoop, owns everything but the channels.
//
// A judge runs many short programs in a row, and each hop between threads costs as much as the rest of a run. So
// commands, replies and programs that are quick take no hop: handleLoop waits for them itself. What takes longer is
// waited for by one of three goroutines, recvLoop for a command, sendLoop for room to send a reply, waitLoop for a
// process, which hand it over by the channels.
type containerServer struct {
	socket          *socket
	containerConfig          // owned by handleLoop, set by conf
	defaultEnv      []string // owned by handleLoop

	recvCh chan recvCmd   // commands in
	sendCh chan sendReply // replies out

	waitPid       chan int           // process to wait for
	waitPidResult chan waitPidResult // how it ended, once everything in the container is gone

	commands *commands // owned by handleLoop: the quick way around recvCh
	replies  *replies  // owned by handleLoop: the quick way around sendCh

	state   state            // owned by handleLoop
	running forkexec.Process // owned by handleLoop, in state running
	starter *forkexec.Starter
	clock   clock  // set before the loops run
	usage   *usage // owned by the goroutine that waits for processes; nil without Config.Account

	cgroups         []int         // owned by handleLoop: tasks files, or one directory
	cgroupV2        bool          // owned by handleLoop
	writable        []writableDir // owned by handleLoop: what reset has to empty
	rootReadOnly    bool          // owned by handleLoop
	scratchReadOnly bool          // owned by handleLoop: the writable directories are read-only for the program
}

// How long handleLoop waits by itself. The first is long, so that a judge that pauses between tests still
// finds a quick server; after it an idle container uses no CPU at all. The second is short, because orphans
// are reaped only after it.
const (
	quickCommand = 200 * time.Millisecond
	quickProgram = 5 * time.Millisecond
)

type waitPidResult struct {
	status syscall.WaitStatus
	end    time.Duration // CLOCK_MONOTONIC
	err    error
}

// state is the state of the container; see the package comment.
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
	// The server holds little memory and runs for long: collect early rather than grow.
	debug.SetGCPercent(50)
	s, err := newServer(fd)
	if err != nil {
		die("start the container server", err)
	}
	go s.commands.loop()
	go s.replies.loop()
	go s.waitLoop()
	s.handleLoop()
}

func newServer(fd int) (*containerServer, error) {
	if err := protectServer(); err != nil {
		return nil, err
	}
	if err := unix.SetNonblock(fd, false); err != nil {
		return nil, os.NewSyscallError("fcntl", err)
	}
	sock := newSocket(fd)
	commands, err := newCommands(sock, quickCommand)
	if err != nil {
		return nil, err
	}
	starter, err := forkexec.NewStarter()
	if err != nil {
		return nil, err
	}
	replies := newReplies(sock)
	return &containerServer{
		socket:        sock,
		recvCh:        commands.recvCh,
		sendCh:        replies.sendCh,
		waitPid:       make(chan int),
		waitPidResult: make(chan waitPidResult),
		commands:      commands,
		replies:       replies,
		starter:       starter,
		clock:         newClock(),
	}, nil
}

// die ends the container. The client reads the reason from the standard error.
func die(step string, err error) {
	fmt.Fprintf(os.Stderr, "gavel container: %s: %v\n", step, err)
	os.Exit(1)
}

// handleLoop answers every command, one at a time.
func (s *containerServer) handleLoop() {
	for {
		var ended <-chan waitPidResult
		if s.state == stateRunning {
			ended = s.waitPidResult
		}
		c, r := s.commands.next(ended)
		if r != nil {
			s.finished(*r)
			continue
		}
		s.handle(c)
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
		return c.ConfCmd.NumCgroups + c.ConfCmd.Conf.binds()
	case c.ExecCmd != nil && c.ExecCmd.ExecFile:
		return c.ExecCmd.NumFiles + c.ExecCmd.NumCgroups + 1
	case c.ExecCmd != nil:
		return c.ExecCmd.NumFiles + c.ExecCmd.NumCgroups
	}
	return 0
}

// allowed returns an error if the state does not permit the command.
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

func (s *containerServer) reply(r *reply) { s.replies.send(sendReply{reply: r}) }

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

// toErrorReply keeps the errno of err for the other side. A message is cut at maxErrorMessage: it can hold a path that a
// client chose, and a reply has to fit into maxMessage.
func toErrorReply(step string, err error) errorReply {
	r := errorReply{Step: step, Message: err.Error()}
	var failed *forkexec.StepError
	var known *errorReply
	switch {
	case errors.As(err, &failed):
		r = errorReply{Step: failed.Step.String(), Errno: failed.Errno}
	case errors.As(err, &known):
		r = *known
	case errors.As(err, &r.Errno):
		r.Message = trimErrno(r.Message, r.Errno)
	}
	r.Message = r.Message[:min(len(r.Message), maxErrorMessage)]
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
