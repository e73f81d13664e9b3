package container

import (
	"errors"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// recvCmd is one command as it came in. A message that is no command has err set and cmd nil.
type recvCmd struct {
	cmd *cmd
	fds []int // owned by whoever handles the command
	err error
}

// commands receives the commands of a container server. A hop between threads costs as much as the rest of a quick
// command, so next itself waits for one that comes soon, in a system call that the Go scheduler does not hear of; loop, in
// a goroutine of its own, receives those that take longer, or that come while something else can happen.
type commands struct {
	socket *socket
	recvCh chan recvCmd  // what loop has received
	ask    chan struct{} // asks loop for one command
	asked  bool          // owned by the caller of next: loop has been asked, and the socket is its to read
}

// newCommands returns the commands that come in on a socket. next waits for so long before it leaves that to loop.
func newCommands(s *socket, soon time.Duration) (*commands, error) {
	timeout := unix.NsecToTimeval(int64(soon))
	if err := unix.SetsockoptTimeval(s.fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &timeout); err != nil {
		return nil, os.NewSyscallError("setsockopt", err)
	}
	return &commands{socket: s, recvCh: make(chan recvCmd), ask: make(chan struct{}, 1)}, nil
}

// next waits for a command, or for a value of ended when that is not nil and comes first.
func (c *commands) next(ended <-chan waitPidResult) (recvCmd, *waitPidResult) {
	if ended == nil && !c.asked {
		m, err := c.socket.receiveSoon()
		if !errors.Is(err, syscall.EAGAIN) {
			return toCommand(m, err), nil
		}
	}
	if !c.asked {
		c.asked = true
		c.ask <- struct{}{}
	}
	select {
	case cmd := <-c.recvCh:
		c.asked = false
		return cmd, nil
	case r := <-ended:
		return recvCmd{}, &r
	}
}

// now takes a command that is there; err is EAGAIN when there is none. loop must not have been asked.
func (c *commands) now() recvCmd { return toCommand(c.socket.receive()) }

// loop receives one command each time it is asked to.
func (c *commands) loop() {
	for range c.ask {
		c.socket.await(unix.POLLIN)
		c.recvCh <- toCommand(c.socket.receive())
	}
}

// toCommand decodes a message. When the client is gone, it ends the process.
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
