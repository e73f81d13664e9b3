package container

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// socket carries whole messages with descriptors over a SOCK_SEQPACKET pair. An operation that would block
// fails with EAGAIN, and waiting is the caller's matter. The system calls are raw ones: telling the Go
// scheduler about a call that does not block costs more than the call.
type socket struct {
	fd  int
	in  []byte // receive buffer, reused
	oob []byte // control messages received, reused
}

func newSocket(fd int) *socket {
	return &socket{
		fd:  fd,
		in:  make([]byte, maxMessage), // pages that no message reaches stay untouched
		oob: make([]byte, unix.CmsgSpace(maxFDs*4)+unix.CmsgSpace(unix.SizeofUcred)),
	}
}

// message is what was received besides the data.
type message struct {
	data []byte // valid until the next receive
	fds  []int  // owned by the receiver, close-on-exec
	pid  int    // of the sender as the kernel vouches for it; 0 when there is none
}

func (m *message) close() { closeAll(m.fds) }

func closeAll(fds []int) {
	for _, fd := range fds {
		closeFD(fd)
	}
}

// closeFD closes a descriptor through which nothing was written, so that there is nothing to lose.
func closeFD(fd int) { unix.RawSyscall(unix.SYS_CLOSE, uintptr(fd), 0, 0) }

// send sends one message. pid, when not 0, goes as the sender's pid; the kernel checks that this process may
// claim it and translates it for the receiver.
func (s *socket) send(data []byte, fds []int, pid int) error {
	if len(data) > maxMessage {
		return fmt.Errorf("message of %d bytes, at most %d: %w", len(data), maxMessage, syscall.EMSGSIZE)
	}
	if len(fds) > maxFDs {
		return fmt.Errorf("message with %d descriptors, at most %d: %w", len(fds), maxFDs, syscall.EMSGSIZE)
	}
	var oob []byte
	if len(fds) > 0 {
		oob = append(oob, unix.UnixRights(fds...)...)
	}
	if pid != 0 {
		oob = append(oob, unix.UnixCredentials(&unix.Ucred{Pid: int32(pid)})...)
	}
	var hdr unix.Msghdr
	var iov unix.Iovec
	iov.Base = unsafe.SliceData(data)
	iov.SetLen(len(data))
	hdr.Iov, hdr.Iovlen = &iov, 1
	if len(oob) > 0 {
		hdr.Control = unsafe.SliceData(oob)
		hdr.SetControllen(len(oob))
	}
	_, err := messageCall(unix.SYS_SENDMSG, s.fd, &hdr, unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL)
	return os.NewSyscallError("sendmsg", err)
}

// receive takes one message. A peer that has gone is errClosed. A message that does not fit is refused and
// what came with it is closed.
func (s *socket) receive() (message, error) { return s.receiveFlags(unix.MSG_DONTWAIT) }

// receiveSoon is receive that waits as long as SO_RCVTIMEO says, without the Go scheduler knowing: for waits
// that are short or that nothing else in the process minds.
func (s *socket) receiveSoon() (message, error) { return s.receiveFlags(0) }

func (s *socket) receiveFlags(flags int) (message, error) {
	var hdr unix.Msghdr
	var iov unix.Iovec
	iov.Base = unsafe.SliceData(s.in)
	iov.SetLen(len(s.in))
	hdr.Iov, hdr.Iovlen = &iov, 1
	hdr.Control = unsafe.SliceData(s.oob)
	hdr.SetControllen(len(s.oob))
	n, err := messageCall(unix.SYS_RECVMSG, s.fd, &hdr, flags|unix.MSG_CMSG_CLOEXEC)
	if err != nil {
		return message{}, os.NewSyscallError("recvmsg", err)
	}
	m := message{data: s.in[:n]}
	m.control(s.oob[:hdr.Controllen])
	if n == 0 {
		m.close()
		return message{}, s.nothing()
	}
	if hdr.Flags&(unix.MSG_TRUNC|unix.MSG_CTRUNC) != 0 {
		m.close()
		return message{}, fmt.Errorf("%w: larger than the bounds of the protocol", errMalformed)
	}
	return m, nil
}

// nothing says what a message without a byte was: the end of a socket reads the same as an empty packet.
func (s *socket) nothing() error {
	if s.hungUp() {
		return errClosed
	}
	return fmt.Errorf("%w: it is empty", errMalformed)
}

// hungUp reports whether the other end is closed. Messages from it may still be unread.
func (s *socket) hungUp() bool {
	fds := []unix.PollFd{{Fd: int32(s.fd), Events: unix.POLLRDHUP}}
	_, err := unix.Poll(fds, 0)
	for errors.Is(err, syscall.EINTR) { // the runtime's own signals interrupt it, though it does not wait
		_, err = unix.Poll(fds, 0)
	}
	return err != nil || fds[0].Revents&(unix.POLLRDHUP|unix.POLLHUP) != 0
}

// await waits until the socket is ready, and lets the Go scheduler do other things meanwhile.
func (s *socket) await(events int16) {
	_, err := unix.Poll([]unix.PollFd{{Fd: int32(s.fd), Events: events}}, -1)
	if err != nil && !errors.Is(err, syscall.EINTR) {
		die("wait on the socket", err)
	}
}

// errClosed is returned when the other end of the socket is closed.
var errClosed = errors.New("socket closed by the other end")

func messageCall(trap uintptr, fd int, hdr *unix.Msghdr, flags int) (int, error) {
	for {
		n, _, errno := unix.RawSyscall(trap, uintptr(fd), uintptr(unsafe.Pointer(hdr)), uintptr(flags))
		switch {
		case errno == 0:
			return int(n), nil
		case errno == unix.ECONNRESET, errno == unix.EPIPE:
			return 0, errClosed
		case errno != unix.EINTR:
			return 0, errno
		}
	}
}

// control takes the descriptors and the sender's pid out of the control messages.
func (m *message) control(b []byte) {
	for len(b) >= unix.SizeofCmsghdr {
		h := (*unix.Cmsghdr)(unsafe.Pointer(unsafe.SliceData(b)))
		size := int(h.Len)
		if size < unix.SizeofCmsghdr || size > len(b) {
			return
		}
		data := b[unix.CmsgLen(0):size]
		switch {
		case h.Level == unix.SOL_SOCKET && h.Type == unix.SCM_RIGHTS:
			for ; len(data) >= 4; data = data[4:] {
				m.fds = append(m.fds, int(*(*int32)(unsafe.Pointer(unsafe.SliceData(data)))))
			}
		case h.Level == unix.SOL_SOCKET && h.Type == unix.SCM_CREDENTIALS && len(data) >= unix.SizeofUcred:
			m.pid = int((*unix.Ucred)(unsafe.Pointer(unsafe.SliceData(data))).Pid)
		}
		b = b[min(unix.CmsgSpace(size-unix.CmsgLen(0)), len(b)):]
	}
}
