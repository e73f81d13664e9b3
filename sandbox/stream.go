package sandbox

import (
	"errors"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// stream collects what a program writes to one of its outputs. It is a pipe and not a file, so that crossing
// the limit shows at once and nothing of it is charged to the program's memory.
type stream struct {
	fd    int // read end; -1 when the output goes to a file of the caller
	data  []byte
	live  func([]byte) // takes what is kept in place of data; may be nil
	kept  int64        // bytes that were kept or given to live
	keep  int64        // bytes kept at most
	total int64        // bytes written in all
}

// open makes the pipe and returns the program's end, which the caller closes once it has been sent; or, when
// the caller gave a file, that file.
func (s *stream) open(given *os.File, keep Bytes) (theirs *os.File, err error) {
	s.fd = -1
	if given != nil {
		return given, nil
	}
	p, err := makePipe()
	if err != nil {
		return nil, err
	}
	s.fd, s.keep = p[0], int64(keep)
	theirs = os.NewFile(uintptr(p[1]), "output")
	// Only our end is non-blocking: the flag belongs to each end's own open file.
	if err := unix.SetNonblock(s.fd, true); err != nil {
		s.close()
		return nil, errors.Join(os.NewSyscallError("fcntl", err), theirs.Close())
	}
	return theirs, nil
}

// makePipe makes a pipe for a program. Programs run under ids of their own, and open /dev/stdin, /dev/stdout and
// /dev/stderr by name, so it is open to everybody; nobody finds it who has no end of it.
func makePipe() (p [2]int, err error) {
	if err := unix.Pipe2(p[:], unix.O_CLOEXEC); err != nil {
		return p, os.NewSyscallError("pipe2", err)
	}
	if err := unix.Fchmod(p[0], 0o666); err != nil {
		return p, errors.Join(os.NewSyscallError("fchmod", err), unix.Close(p[0]), unix.Close(p[1]))
	}
	return p, nil
}

// close may be called twice.
func (s *stream) close() {
	if s.fd >= 0 {
		_ = unix.Close(s.fd) // read side
		s.fd = -1
	}
}

// drain reads what there is, up to about a mebibyte, so that a flood does not keep the caller from enforcing limits.
func (s *stream) drain(scratch []byte) error {
	for range 16 {
		n, err := unix.Read(s.fd, scratch)
		if errors.Is(err, syscall.EINTR) {
			continue
		}
		if errors.Is(err, syscall.EAGAIN) {
			return nil
		}
		if err != nil {
			return os.NewSyscallError("read", err)
		}
		if n == 0 {
			s.close() // every writer is gone, or has closed it
			return nil
		}
		s.take(scratch[:n])
		if n < len(scratch) {
			return nil
		}
	}
	return nil
}

// drainAll reads what is left when no writer is.
func (s *stream) drainAll(scratch []byte) error {
	for s.fd >= 0 {
		before := s.total
		if err := s.drain(scratch); err != nil {
			return err
		}
		if s.total == before {
			return nil
		}
	}
	return nil
}

func (s *stream) take(b []byte) {
	s.total += int64(len(b))
	if room := s.keep - s.kept; int64(len(b)) > room {
		b = b[:max(room, 0)]
	}
	s.kept += int64(len(b))
	if s.live == nil {
		s.data = append(s.data, b...)
	} else if len(b) > 0 {
		s.live(b)
	}
}
