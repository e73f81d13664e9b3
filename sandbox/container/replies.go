package container

import (
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"syscall"

	"golang.org/x/sys/unix"
)

// sendReply is one reply to be sent, with descriptors (closed after sending) and a pid.
type sendReply struct {
	reply *reply
	fds   []int
	pid   int
}

// replies sends the replies of a container server, in order. send itself sends one for which the socket has room; loop, in
// a goroutine of its own, waits for room for the others, which takes a client that does not read.
type replies struct {
	socket *socket
	sendCh chan sendReply
	unsent atomic.Int64 // handed to loop and not sent yet
}

func newReplies(s *socket) *replies {
	return &replies{socket: s, sendCh: make(chan sendReply, 1)}
}

// send sends a reply, after those that still wait.
func (r *replies) send(m sendReply) {
	if r.unsent.Load() == 0 && r.try(m) {
		return
	}
	r.unsent.Add(1)
	r.sendCh <- m
}

// loop sends the replies for which there was no room at once.
func (r *replies) loop() {
	for m := range r.sendCh {
		for !r.try(m) {
			r.socket.await(unix.POLLOUT)
		}
		r.unsent.Add(-1)
	}
}

// try sends a reply if there is room for it, and then closes its descriptors.
func (r *replies) try(m sendReply) bool {
	var buf [512]byte
	data := m.reply.append(buf[:0])
	err := r.socket.send(data, m.fds, m.pid)
	if errors.Is(err, syscall.ESRCH) {
		// The program has ended and been reaped already; nobody else has its pid yet.
		err = r.socket.send(data, m.fds, 0)
	}
	if errors.Is(err, syscall.EMSGSIZE) {
		// A reply that does not fit must not cost the container: the client gets this in its place.
		small := reply{Type: replyError, Error: &errorReply{
			Step: "reply", Errno: syscall.EMSGSIZE, Message: fmt.Sprintf("%d bytes and %d descriptors", len(data), len(m.fds)),
		}}
		err = r.socket.send(small.append(buf[:0]), nil, 0)
	}
	switch {
	case errors.Is(err, syscall.EAGAIN):
		return false
	case errors.Is(err, errClosed):
		os.Exit(0)
	case err != nil:
		die("send a reply", err)
	}
	closeAll(m.fds)
	return true
}
