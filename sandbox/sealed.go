package sandbox

import (
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// lent are the copies made for one run.
type lent []*os.File

// lend returns what the program may be given in place of f. Under the worker's own id it could open a file anew
// through /proc/self/fd and write to it, change its mode, or leave a note in its times; so it gets a copy in
// memory, sealed, made for this run alone. Pipes, devices, and files that it is meant to write to are passed on.
func (l *lent) lend(f *os.File) (*os.File, error) {
	if f == nil {
		return nil, nil //nolint:nilnil // nothing asked, nothing lent
	}
	flags, err := unix.FcntlInt(f.Fd(), unix.F_GETFL, 0)
	if err != nil {
		return nil, os.NewSyscallError("fcntl", err)
	}
	var st unix.Stat_t
	if err := unix.Fstat(int(f.Fd()), &st); err != nil {
		return nil, os.NewSyscallError("fstat", err)
	}
	if st.Mode&unix.S_IFMT != unix.S_IFREG || flags&unix.O_ACCMODE != unix.O_RDONLY {
		return f, nil
	}
	c, err := sealedCopy(f)
	if err != nil {
		return nil, fmt.Errorf("copy %s for the program: %w", f.Name(), err)
	}
	*l = append(*l, c)
	return c, nil
}

// close closes the copies.
func (l *lent) close() {
	for _, f := range *l {
		_ = f.Close() // the container has its own, and nobody can write
	}
	*l = nil
}

// sealedCopy copies the rest of f, as it can be read from its offset on, which stays.
func sealedCopy(f *os.File) (*os.File, error) {
	from, err := f.Seek(0, io.SeekCurrent)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	fd, err := unix.MemfdCreate("copy", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	if err != nil {
		return nil, os.NewSyscallError("memfd_create", err)
	}
	c := os.NewFile(uintptr(fd), f.Name())
	_, err = io.Copy(c, io.NewSectionReader(f, from, max(info.Size()-from, 0)))
	if err == nil {
		err = sealMemFile(c, 0o555)
	}
	if err == nil {
		_, err = c.Seek(0, io.SeekStart)
	}
	if err == nil {
		return reopened(c)
	}
	return nil, errors.Join(err, c.Close())
}

// reopened opens a file in memory anew for reading alone, and closes it. What a program cannot write to, it is
// also told that it cannot.
func reopened(c *os.File) (*os.File, error) {
	f, err := os.Open(fmt.Sprintf("/proc/self/fd/%d", c.Fd()))
	return f, errors.Join(err, c.Close())
}
