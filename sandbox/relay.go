package sandbox

import (
	"errors"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// relay copies what one program writes to the standard input of another. It buffers at most one read, so that a program
// that writes to one that does not read blocks, as with a pipe.
//
// The programs share no pipe: each sees the end of the other only when the relay closes its input. The writer never gets
// SIGPIPE, because the relay goes on reading when the reader is gone.
type relay struct {
	from         int // read end of the writer's pipe; -1 after its end of file
	to           int // write end of the reader's pipe; -1 once closed
	buf          []byte
	pending      []byte       // part of buf that is still to be written
	readerClosed bool         // the reader has closed its end; what is read is discarded
	eofSent      bool         // the relay has closed the reader's input
	lastActive   time.Time    // last read or write
	lastRead     time.Time    // last read
	onRead       func([]byte) // called with everything that is read
}

// pipeSize lets a program write much before the other reads, as other judges of interactive problems do.
const pipeSize = 1 << 20

// newRelay returns a relay, not yet open, for what the program in s writes.
func newRelay(s *Sandbox) relay {
	if s.relayBuf == nil {
		s.relayBuf = make([]byte, len(s.scratch))
	}
	return relay{from: -1, to: -1, buf: s.relayBuf}
}

// open makes the pipes, and returns the ends for the two programs, which the caller closes once they have been sent.
func (r *relay) open() (stdout, stdin *os.File, err error) {
	r.lastActive = time.Now()
	r.lastRead = r.lastActive
	if r.from, stdout, err = halfPipe(0); err != nil {
		return nil, nil, err
	}
	if r.to, stdin, err = halfPipe(1); err != nil {
		return nil, nil, errors.Join(err, stdout.Close())
	}
	return stdout, stdin, nil
}

// halfPipe makes a pipe of which our end, 0 to read or 1 to write, does not block. The flag belongs to each end's own
// open file.
func halfPipe(end int) (ours int, theirs *os.File, err error) {
	p, err := makePipe()
	if err != nil {
		return -1, nil, err
	}
	// Refused to an ordinary user who has many pipes; a smaller one serves, too.
	_, _ = unix.FcntlInt(uintptr(p[0]), unix.F_SETPIPE_SZ, pipeSize)
	theirs = os.NewFile(uintptr(p[1-end]), "pipe")
	if err := unix.SetNonblock(p[end], true); err != nil {
		return -1, nil, errors.Join(os.NewSyscallError("fcntl", err), unix.Close(p[end]), theirs.Close())
	}
	return p[end], theirs, nil
}

// close may be called twice.
func (r *relay) close() {
	closeEnd(&r.from)
	closeEnd(&r.to)
	r.pending = nil
}

func closeEnd(fd *int) {
	if *fd >= 0 {
		_ = unix.Close(*fd) // of a pipe
		*fd = -1
	}
}

// polled returns the ends to poll. Nothing is read while something is still to be written.
func (r *relay) polled() (from, to unix.PollFd) {
	from, to = unix.PollFd{Fd: -1}, unix.PollFd{Fd: -1}
	if len(r.pending) > 0 {
		to = unix.PollFd{Fd: int32(r.to), Events: unix.POLLOUT}
	} else {
		from = unix.PollFd{Fd: int32(r.from), Events: unix.POLLIN}
	}
	return from, to
}

// pump copies what there is, up to about a mebibyte, so that a flood does not keep the caller from enforcing limits.
func (r *relay) pump() error {
	for range 16 {
		if err := r.flush(); err != nil || len(r.pending) > 0 || r.from < 0 {
			return err
		}
		n, err := unix.Read(r.from, r.buf)
		switch {
		case errors.Is(err, syscall.EINTR):
			continue
		case errors.Is(err, syscall.EAGAIN):
			return nil
		case err != nil:
			return os.NewSyscallError("read", err)
		case n == 0:
			closeEnd(&r.from)
			return nil
		}
		r.lastActive = time.Now()
		r.lastRead = r.lastActive
		r.onRead(r.buf[:n])
		r.pending = r.buf[:n]
		if n < len(r.buf) {
			return r.flush()
		}
	}
	return r.flush()
}

// flush writes what is pending, as far as the pipe has room.
func (r *relay) flush() error {
	for len(r.pending) > 0 && r.to >= 0 {
		n, err := unix.Write(r.to, r.pending)
		switch {
		case errors.Is(err, syscall.EINTR):
			continue
		case errors.Is(err, syscall.EAGAIN):
			return nil
		case errors.Is(err, syscall.EPIPE):
			r.readerClosed = true
			closeEnd(&r.to)
		case err != nil:
			return os.NewSyscallError("write", err)
		default:
			r.lastActive = time.Now()
			r.pending = r.pending[n:]
		}
	}
	if r.to < 0 {
		r.pending = nil
	}
	return nil
}

// drained reports whether the writer has closed its output and all of it has been written on.
func (r *relay) drained() bool { return r.from < 0 && len(r.pending) == 0 }

// sendEOF closes the reader's input.
func (r *relay) sendEOF() {
	if r.to >= 0 {
		closeEnd(&r.to)
		r.eofSent = true
	}
}

// unread is the number of bytes that the writer has written and the relay has not read yet.
func (r *relay) unread() (int64, error) {
	if r.from < 0 {
		return 0, nil
	}
	n, err := unix.IoctlGetInt(r.from, unix.TIOCINQ)
	return int64(n), os.NewSyscallError("ioctl", err)
}
