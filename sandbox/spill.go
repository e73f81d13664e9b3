package sandbox

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// SpillFrom is how much of an output is kept in memory where Command.SpillDir is set: of one that is larger, all goes to a
// file.
const SpillFrom = 64 * MiB

// spill is an output in a file without a name.
type spill struct {
	file    *os.File
	size    int64
	mapping *Mapping // nil before all is written
}

func newSpill(dir string) (*spill, error) {
	fd, err := unix.Open(dir, unix.O_TMPFILE|unix.O_RDWR|unix.O_CLOEXEC, 0o444) // anybody may open standard input by name
	if err == nil {
		return &spill{file: os.NewFile(uintptr(fd), filepath.Join(dir, "output"))}, nil
	}
	f, err := os.CreateTemp(dir, "output-*") // not every file system has files without a name
	if err != nil {
		return nil, fmt.Errorf("keep a large output: %w", err)
	}
	if err := errors.Join(os.Remove(f.Name()), f.Chmod(0o444)); err != nil {
		return nil, fmt.Errorf("keep a large output: %w", errors.Join(err, f.Close()))
	}
	return &spill{file: f}, nil
}

func (s *spill) write(b []byte) error {
	n, err := s.file.WriteAt(b, s.size)
	s.size += int64(n)
	if err != nil {
		return fmt.Errorf("keep a large output: %w", err)
	}
	return nil
}

// data is what was written.
func (s *spill) data() (_ []byte, err error) {
	if s.mapping == nil {
		if s.mapping, err = Map(s.file); err != nil {
			return nil, fmt.Errorf("read a large output: %w", err)
		}
	}
	return s.mapping.Data, nil
}

// close may be called for nil.
func (s *spill) close() {
	if s == nil {
		return
	}
	s.mapping.Close()
	_ = s.file.Close() // nobody wants it any more
}

// Release gives back the files of outputs that were too large for memory: Stdout and Stderr must not be used any more. For
// other results it does nothing.
func (r *Result) Release() {
	for i, s := range r.spills {
		s.close()
		r.spills[i] = nil
	}
}

// ForgetStdout gives up what was kept of standard output.
func (r *Result) ForgetStdout() {
	r.spills[0].close()
	r.spills[0], r.Stdout = nil, nil
}

// StdoutFile opens the file with the standard output for reading from its beginning, where the output was too large for memory;
// else it is nil. The caller closes it.
func (r *Result) StdoutFile() (*os.File, error) {
	if r.spills[0] == nil {
		return nil, nil
	}
	return os.Open("/proc/self/fd/" + strconv.Itoa(int(r.spills[0].file.Fd())))
}

// Mapping is a file that is read as if it were in memory. Pages of it come when they are looked at, and go soon after, so that
// it takes little of the memory of the process. Where the file shrinks meanwhile, or cannot be read, looking at it is a fault
// of the process: see debug.SetPanicOnFault.
type Mapping struct {
	Data []byte
	done chan struct{} // closed by Close; nil where nothing is mapped
	gone chan struct{} // closed when nobody touches the mapping
}

// trimEvery is how long pages of a mapping stay after they were looked at.
const trimEvery = 5 * time.Millisecond

// Map maps what is in f now.
func Map(f *os.File) (*Mapping, error) {
	info, err := f.Stat()
	if err != nil || info.Size() == 0 {
		return &Mapping{}, err
	}
	data, err := unix.Mmap(int(f.Fd()), 0, int(info.Size()), unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return nil, &os.PathError{Op: "mmap", Path: f.Name(), Err: err}
	}
	m := &Mapping{Data: data, done: make(chan struct{}), gone: make(chan struct{})}
	_ = unix.Madvise(data, unix.MADV_SEQUENTIAL) // a hint
	go m.trim()
	return m, nil
}

// trim takes pages out of the process again. They stay in the cache of the kernel, which gives them up when it must.
func (m *Mapping) trim() {
	defer close(m.gone)
	tick := time.NewTicker(trimEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			_ = unix.Madvise(m.Data, unix.MADV_DONTNEED) // of a shared mapping of a file, it loses nothing
		case <-m.done:
			return
		}
	}
}

// Close unmaps it: Data must not be used any more. It may be called for nil, and once otherwise.
func (m *Mapping) Close() {
	if m == nil || m.done == nil {
		return
	}
	close(m.done)
	<-m.gone
	_ = unix.Munmap(m.Data) // it was mapped
	m.Data = nil
}
