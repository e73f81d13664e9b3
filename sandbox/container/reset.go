package container

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// writableDir is a directory that is written to, by programs or for them, kept open, with its owner and mode when it is
// new.
type writableDir struct {
	path     string
	fd       int
	uid, gid int
	mode     uint32
	owned    bool // by the program; it writes to no other
}

// maxLeftovers is how many files reset removes one by one. Beyond it a new container is cheaper (10 ms
// against 5 us a file).
const maxLeftovers = 2000

// reset brings the container back to its first state: no process, no file, and the writable directories as
// they were made. What a program could leave elsewhere it cannot reach: System V and POSIX IPC and keys are
// refused by the seccomp policy, and everything else ends with its process.
func (s *containerServer) reset() error {
	killAll()
	if err := s.reapAll(); err != nil {
		return err
	}
	if err := s.makeWritable(); err != nil {
		return err
	}
	budget := maxLeftovers
	for i := range s.writable {
		if err := s.writable[i].restore(&budget); err != nil {
			return fmt.Errorf("empty %s: %w", s.writable[i].path, err)
		}
	}
	return nil
}

// restore empties the directory and gives it back its owner, mode, times and lack of attributes.
func (w *writableDir) restore(budget *int) error {
	if err := empty(w.fd, budget); err != nil {
		return err
	}
	var st unix.Stat_t
	if err := unix.Fstat(w.fd, &st); err != nil {
		return os.NewSyscallError("fstat", err)
	}
	if int(st.Uid) != w.uid || int(st.Gid) != w.gid {
		if err := unix.Fchown(w.fd, w.uid, w.gid); err != nil {
			return os.NewSyscallError("fchown", err)
		}
	}
	if st.Mode&0o7777 != w.mode {
		if err := unix.Fchmod(w.fd, w.mode); err != nil {
			return os.NewSyscallError("fchmod", err)
		}
	}
	if err := dropAttributes(w.fd); err != nil {
		return err
	}
	return restoreTimes(w.fd)
}

// restoreTimes sets access and modification to 1970, so that they tell nothing of an earlier program. When the inode was
// changed cannot be set: that is the time of the reset.
func restoreTimes(fd int) error {
	var times [2]unix.Timespec
	_, _, errno := unix.RawSyscall6(unix.SYS_UTIMENSAT, uintptr(fd), 0, uintptr(unsafe.Pointer(&times)), 0, 0, 0)
	if errno != 0 {
		return os.NewSyscallError("utimensat", errno)
	}
	return nil
}

// dropAttributes removes extended attributes, access lists among them, in which a program could leave a note.
func dropAttributes(fd int) error {
	var names [4096]byte
	n, err := unix.Flistxattr(fd, names[:])
	if errors.Is(err, syscall.ENOTSUP) {
		return nil
	}
	if err != nil {
		return os.NewSyscallError("flistxattr", err)
	}
	for name := range bytes.SplitSeq(names[:n], []byte{0}) {
		if len(name) == 0 {
			continue
		}
		if err := unix.Fremovexattr(fd, string(name)); err != nil {
			return os.NewSyscallError("fremovexattr", err)
		}
	}
	return nil
}

// errTooMany is returned when there is more to remove than is worth removing.
var errTooMany = fmt.Errorf("more than %d files left behind: %w", maxLeftovers, syscall.E2BIG)

// empty removes everything below the directory, whatever its shape: a tree is flattened into the top
// directory as it is met, so that neither depth nor path length costs stack, descriptors or an error.
func empty(dir int, budget *int) error {
	for {
		names, err := entries(dir)
		if err != nil || len(names) == 0 {
			return err
		}
		for _, name := range names {
			if err := removeEntry(dir, name, budget); err != nil {
				return err
			}
		}
	}
}

// removeEntry removes one entry of dir. The subdirectories of a directory move up into dir, where empty
// finds them, or where this call comes back to them.
func removeEntry(dir int, name string, budget *int) error {
	pending := []string{name}
	for len(pending) > 0 {
		name := pending[len(pending)-1]
		if *budget--; *budget < 0 {
			return errTooMany
		}
		err := unix.Unlinkat(dir, name, 0)
		if errors.Is(err, syscall.EISDIR) {
			err = unix.Unlinkat(dir, name, unix.AT_REMOVEDIR)
		}
		switch {
		case err == nil:
			pending = pending[:len(pending)-1]
		case errors.Is(err, syscall.ENOTEMPTY):
			moved, err := flatten(dir, name, budget)
			if err != nil {
				return err
			}
			pending = append(pending, moved...)
		default:
			return &os.PathError{Op: "remove", Path: name, Err: err}
		}
	}
	return nil
}

// flatten empties the directory name of dir: files are removed, directories move up into dir. It returns the
// new names of those.
func flatten(dir int, name string, budget *int) ([]string, error) {
	sub, err := unix.Openat(dir, name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: name, Err: err}
	}
	defer unix.Close(sub)
	names, err := entries(sub)
	if err != nil {
		return nil, err
	}
	var moved []string
	for _, child := range names {
		if *budget--; *budget < 0 {
			return nil, errTooMany
		}
		err := unix.Unlinkat(sub, child, 0)
		if errors.Is(err, syscall.EISDIR) {
			to := ".wipe-" + strconv.Itoa(*budget) // the budget never has the same value twice
			if err = unix.Renameat2(sub, child, dir, to, unix.RENAME_NOREPLACE); err == nil {
				moved = append(moved, to)
			}
		}
		if err != nil && !errors.Is(err, syscall.EEXIST) { // EEXIST: the next round tries another name
			return nil, &os.PathError{Op: "remove", Path: child, Err: err}
		}
	}
	return moved, nil
}

// entries lists up to some hundred names of a directory, from its start.
func entries(dir int) ([]string, error) {
	if _, err := unix.Seek(dir, 0, unix.SEEK_SET); err != nil {
		return nil, os.NewSyscallError("lseek", err)
	}
	var buf [8 << 10]byte
	n, err := unix.Getdents(dir, buf[:])
	if err != nil {
		return nil, os.NewSyscallError("getdents64", err)
	}
	var names []string
	for rest := buf[:n]; len(rest) > 0; {
		size := *(*uint16)(unsafe.Pointer(&rest[16])) // struct linux_dirent64: ino 8, off 8, reclen 2, type 1, name
		name, _, _ := bytes.Cut(rest[19:size], []byte{0})
		if s := string(name); s != "." && s != ".." {
			names = append(names, s)
		}
		rest = rest[size:]
	}
	return names, nil
}
