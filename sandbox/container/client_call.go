package container

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Deadlines of the client. Both are far above what a healthy server needs (under 1 ms, and 15 ms).
const (
	callTimeout = 10 * time.Second
	confTimeout = 30 * time.Second
)

// call is exchange for replies that bring no descriptors.
func (c *Client) call(ctx context.Context, m *cmd, fds []int, limit time.Duration) (*reply, error) {
	r, err := c.exchange(ctx, m, fds, limit)
	if err != nil {
		return nil, err
	}
	if len(r.fds) > 0 {
		closeAll(r.fds)
		return nil, c.markLost(fmt.Errorf("%w: %d descriptors that nobody asked for", errMalformed, len(r.fds)))
	}
	return r.reply, nil
}

// received is one reply with what came along.
type received struct {
	reply *reply
	fds   []int
	pid   int
}

// exchange sends a command and waits for its reply, for at most limit. It gives up at the deadline of ctx, and cancelGrace
// after ctx is canceled. A container that has not answered by then is lost: its next message could belong to any command.
func (c *Client) exchange(ctx context.Context, m *cmd, fds []int, limit time.Duration) (received, error) {
	if err := context.Cause(ctx); err != nil {
		return received{}, err
	}
	if err := c.send(m, fds); err != nil {
		return received{}, err
	}
	if err := c.awaitReply(ctx, deadlineOf(ctx, time.Now().Add(limit))); err != nil {
		return received{}, c.markLost(fmt.Errorf("wait for the reply to %s: %w", m.Cmd, err))
	}
	r, err := c.receive()
	if err != nil {
		return received{}, err
	}
	switch r.reply.Type {
	case replySuccess:
		return r, nil
	case replyError:
		closeAll(r.fds)
		return received{}, r.reply.Error
	case replyFinished:
	}
	closeAll(r.fds)
	return received{}, c.markLost(fmt.Errorf("%w: finished in answer to %s", errMalformed, m.Cmd))
}

func (c *Client) send(m *cmd, fds []int) error {
	if c.lost != nil {
		return c.lost
	}
	var buf [2 << 10]byte
	err := c.socket.send(m.append(buf[:0]), fds, 0)
	if errors.Is(err, syscall.EMSGSIZE) {
		return fmt.Errorf("send %s: %w", m.Cmd, err) // refused here; the container never saw it
	}
	if err != nil {
		return c.markLost(fmt.Errorf("send %s: %w", m.Cmd, err))
	}
	return nil
}

// deadlineOf is the deadline of ctx, or limit where that comes first.
func deadlineOf(ctx context.Context, limit time.Time) time.Time {
	if d, ok := ctx.Deadline(); ok && d.Before(limit) {
		return d
	}
	return limit
}

// cancelGrace is how long a container has to answer a call whose context is canceled. A sound one answers in time, so that
// it need not be replaced.
const cancelGrace = 100 * time.Millisecond

// awaitReply waits for a message, the deadline, or the cancellation of ctx. Only a call that takes longer than cancelGrace
// pays for listening to ctx.
func (c *Client) awaitReply(ctx context.Context, deadline time.Time) error {
	grace := time.Now().Add(cancelGrace)
	if ctx.Done() == nil || deadline.Before(grace) {
		return c.awaitReadable(deadline, -1)
	}
	if err := c.awaitReadable(grace, -1); !errors.Is(err, os.ErrDeadlineExceeded) {
		return err
	}
	canceled, err := unix.Eventfd(0, unix.EFD_CLOEXEC)
	if err != nil {
		return os.NewSyscallError("eventfd2", err)
	}
	defer closeFD(canceled)
	done := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(done)
		one := [8]byte{1} // any number but 0, in whichever byte order
		_, _ = unix.Write(canceled, one[:])
	})
	err = c.awaitReadable(deadline, canceled)
	if !stop() {
		<-done // it writes to the descriptor
	}
	switch {
	case !errors.Is(err, errCanceled):
		return err
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return os.ErrDeadlineExceeded
	}
	return context.Cause(ctx)
}

// errCanceled is returned by awaitReadable when the second descriptor is readable.
var errCanceled = errors.New("canceled")

// awaitReadable waits until the socket is readable, until the descriptor canceled is (-1 for none), or until the deadline.
func (c *Client) awaitReadable(deadline time.Time, canceled int) error {
	for {
		left := time.Until(deadline)
		if left <= 0 {
			return os.ErrDeadlineExceeded
		}
		timeout := unix.NsecToTimespec(int64(left))
		fds := [2]unix.PollFd{{Fd: int32(c.socket.fd), Events: unix.POLLIN}, {Fd: int32(canceled), Events: unix.POLLIN}}
		_, err := unix.Ppoll(fds[:], &timeout, nil)
		switch {
		case errors.Is(err, syscall.EINTR):
		case err != nil:
			return os.NewSyscallError("ppoll", err)
		case fds[0].Revents != 0:
			return nil
		case fds[1].Revents != 0:
			return errCanceled
		}
	}
}

// receive takes the next reply; EAGAIN when there is none yet.
func (c *Client) receive() (received, error) {
	m, err := c.socket.receive()
	if errors.Is(err, syscall.EAGAIN) {
		return received{}, err
	}
	if err != nil {
		return received{}, c.markLost(err)
	}
	r, err := parseReply(m.data)
	if err != nil {
		m.close()
		return received{}, c.markLost(err)
	}
	return received{reply: r, fds: m.fds, pid: m.pid}, nil
}

func appendFDs(fds []int, files []*os.File) []int {
	for _, f := range files {
		fds = append(fds, int(f.Fd()))
	}
	return fds
}
