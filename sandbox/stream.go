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
	guess int64        // Command.ExpectedOutput
	live  func([]byte) // takes what is kept in place of data; may be nil
	kept  int64        // bytes that were kept or given to live
	keep  int64        // bytes kept at most
	total int64        // bytes written in all
	dir   string       // Command.SpillDir
	spill *spill       // holds what is kept in place of data; nil until there is too much for memory
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

// close closes the pipe. It may be called twice.
func (s *stream) close() {
	if s.fd >= 0 {
		_ = unix.Close(s.fd) // read side
		s.fd = -1
	}
}

// discard closes what is left of it.
func (s *stream) discard() {
	s.close()
	s.spill.close()
	s.spill = nil
}

// drain reads what there is, up to about a mebibyte, so that a flood does not keep the caller from enforcing limits.
func (s *stream) drain(scratch []byte) error {
	for range 16 {
		buf, direct := s.room(scratch)
		n, err := unix.Read(s.fd, buf)
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
		if direct {
			s.data = s.data[:len(s.data)+n]
			s.total += int64(n)
			s.kept += int64(n)
		} else if err := s.take(buf[:n]); err != nil {
			return err
		}
		if n < len(buf) {
			return nil
		}
	}
	return nil
}

// directFrom is how much a program has written when it counts as one that writes much, in bytes: what it writes from then on
// is read to where it stays.
const directFrom = 256 << 10

// room is where to read to: behind the data of a program that writes much (direct), else scratch.
func (s *stream) room(scratch []byte) (buf []byte, direct bool) {
	size, left := int64(len(s.data)), s.keep-s.kept
	if s.live != nil || s.spill != nil || size < directFrom || left <= 0 {
		return scratch, false
	}
	if s.dir != "" {
		left = min(left, int64(SpillFrom)-size)
		if left <= 0 {
			return scratch, false
		}
	}
	if int64(cap(s.data))-size < min(left, int64(len(scratch))) {
		most := size + left
		data := make([]byte, size, min(max(2*size, s.guess+int64(len(scratch))), most))
		copy(data, s.data)
		s.data = data
	}
	return s.data[size:min(int64(cap(s.data)), size+left, size+int64(len(scratch)))], true
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

func (s *stream) take(b []byte) error {
	s.total += int64(len(b))
	if room := s.keep - s.kept; int64(len(b)) > room {
		b = b[:max(room, 0)]
	}
	s.kept += int64(len(b))
	switch {
	case s.live == nil && s.dir != "" && s.kept > int64(SpillFrom):
		return s.takeToFile(b)
	case s.live == nil:
		s.data = append(s.data, b...)
	case len(b) > 0:
		s.live(b)
	}
	return nil
}

// takeToFile keeps b, and all that came before it, in a file.
func (s *stream) takeToFile(b []byte) (err error) {
	if s.spill == nil {
		if s.spill, err = newSpill(s.dir); err != nil {
			return err
		}
		if err := s.spill.write(s.data); err != nil {
			return err
		}
		s.data = nil
	}
	return s.spill.write(b)
}

// output is what was kept, when nothing more comes. The caller closes what it gets beside it.
func (s *stream) output() ([]byte, *spill, error) {
	if s.spill == nil {
		return s.data, nil, nil
	}
	data, err := s.spill.data()
	if err != nil {
		return nil, nil, err
	}
	kept := s.spill
	s.spill = nil
	return data, kept, nil
}
