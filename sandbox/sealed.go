package sandbox

import (
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// runCopy is what copies are called that are made for one run, and closed after it.
const runCopy = "copy"

// sealedCopies are the sealed in-memory copies of files made for one run.
type sealedCopies []*os.File

// seal returns the file to pass to the program in place of f. A program that runs under the worker's own id could reopen
// a file through /proc/self/fd and write to it, change its mode, or leave data for a later program in its times; so it
// gets a sealed copy in memory, made for this run alone. Pipes, devices, and files opened for writing are passed as they
// are.
func (l *sealedCopies) seal(f *os.File) (*os.File, error) {
	if f == nil {
		return nil, nil //nolint:nilnil // no file, no copy
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
	c, err := SealedCopy(f, runCopy)
	if err != nil {
		return nil, fmt.Errorf("copy %s for the program: %w", f.Name(), err)
	}
	*l = append(*l, c)
	return c, nil
}

// close closes the copies.
func (l *sealedCopies) close() {
	for _, f := range *l {
		_ = f.Close() // the container has its own, and nobody can write
	}
	*l = nil
}

// SealedCopy copies the rest of f, as it can be read from its offset on, which stays. The program and /proc show name.
func SealedCopy(f *os.File, name string) (*os.File, error) {
	from, err := f.Seek(0, io.SeekCurrent)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	fd, err := unix.MemfdCreate(name, unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
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
		return reopenReadOnly(c)
	}
	return nil, errors.Join(err, c.Close())
}

// reopenReadOnly reopens a file in memory for reading only, and closes c. A program sees by the flags of its descriptor
// that it cannot write to it.
func reopenReadOnly(c *os.File) (*os.File, error) {
	f, err := os.Open(fmt.Sprintf("/proc/self/fd/%d", c.Fd()))
	if err := errors.Join(err, c.Close()); err != nil {
		if f != nil {
			_ = f.Close() // nothing was written to it
		}
		return nil, err
	}
	return f, nil
}
