package sandbox

import (
	"errors"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// relay passes on what one program writes to the standard input of another. It holds at most one buffer of it, so
// that a program that writes to one that does not read is held up as by a pipe.
//
// The programs have no pipe in common: what one of them learns of the end of the other is what the relay tells it.
// The writer never meets a broken pipe, since the relay goes on reading when there is nobody left to read it.
type relay struct {
	from    int // read end of the writer's pipe; -1 once it is at its end
	to      int // write end of the reader's pipe; -1 once it is of no more use
	buf     []byte
	pending []byte       // part of buf that is still to be written
	deaf    bool         // the reader has closed its end: what comes is thrown away
	hungUp  bool         // the reader has been told that nothing more will come
	moved   time.Time    // when something was last taken in or passed on
	spoken  time.Time    // when something was last taken in
	heard   func([]byte) // told of all that is taken in
}

// pipeSize lets a program write a good deal before the other reads, as judges of this kind of problem do.
const pipeSize = 1 << 20

// newRelay makes a relay that is not open, for what the program in s writes.
func newRelay(s *Sandbox) relay {
	if s.passing == nil {
		s.passing = make([]byte, len(s.scratch))
	}
	return relay{from: -1, to: -1, buf: s.passing}
}

// open makes the pipes, and returns the ends for the two programs, which the caller closes once they have been sent.
func (r *relay) open() (stdout, stdin *os.File, err error) {
	r.moved = time.Now()
	r.spoken = r.moved
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
	var p [2]int
	if err := unix.Pipe2(p[:], unix.O_CLOEXEC); err != nil {
		return -1, nil, os.NewSyscallError("pipe2", err)
	}
	// Refused to an ordinary user who has many pipes; a smaller one serves, too.
	_, _ = unix.FcntlInt(uintptr(p[0]), unix.F_SETPIPE_SZ, pipeSize)
	theirs = os.NewFile(uintptr(p[1-end]), "pipe")
	// Programs run under ids of their own, and open /dev/stdin and /dev/stdout by name.
	err = os.NewSyscallError("fchmod", unix.Fchmod(p[0], 0o666))
	if err == nil {
		err = os.NewSyscallError("fcntl", unix.SetNonblock(p[end], true))
	}
	if err != nil {
		return -1, nil, errors.Join(err, unix.Close(p[end]), theirs.Close())
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

// polled are the ends to wait for: nothing is taken in while something is still to be passed on.
func (r *relay) polled() (from, to unix.PollFd) {
	from, to = unix.PollFd{Fd: -1}, unix.PollFd{Fd: -1}
	if len(r.pending) > 0 {
		to = unix.PollFd{Fd: int32(r.to), Events: unix.POLLOUT}
	} else {
		from = unix.PollFd{Fd: int32(r.from), Events: unix.POLLIN}
	}
	return from, to
}

// pump passes on what there is, up to about a mebibyte, so that a flood cannot hold up the caller's other duties.
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
		r.moved = time.Now()
		r.spoken = r.moved
		r.heard(r.buf[:n])
		r.pending = r.buf[:n]
		if n < len(r.buf) {
			return r.flush()
		}
	}
	return r.flush()
}

// flush writes what is pending, as far as there is room.
func (r *relay) flush() error {
	for len(r.pending) > 0 && r.to >= 0 {
		n, err := unix.Write(r.to, r.pending)
		switch {
		case errors.Is(err, syscall.EINTR):
			continue
		case errors.Is(err, syscall.EAGAIN):
			return nil
		case errors.Is(err, syscall.EPIPE):
			r.deaf = true
			closeEnd(&r.to)
		case err != nil:
			return os.NewSyscallError("write", err)
		default:
			r.moved = time.Now()
			r.pending = r.pending[n:]
		}
	}
	if r.to < 0 {
		r.pending = nil
	}
	return nil
}

// drained says that all that the writer has to say has been passed on.
func (r *relay) drained() bool { return r.from < 0 && len(r.pending) == 0 }

// hangUp tells the reader that nothing more will come.
func (r *relay) hangUp() {
	if r.to >= 0 {
		closeEnd(&r.to)
		r.hungUp = true
	}
}

// unread is how many bytes the writer has written that were not taken in yet.
func (r *relay) unread() (int64, error) {
	if r.from < 0 {
		return 0, nil
	}
	n, err := unix.IoctlGetInt(r.from, unix.TIOCINQ)
	return int64(n), os.NewSyscallError("ioctl", err)
}
