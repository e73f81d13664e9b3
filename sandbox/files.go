package sandbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/sandbox/container"
)

// Put writes files into the container, replacing what is there.
func (s *Sandbox) Put(ctx context.Context, files ...File) error {
	s.busy.Lock()
	defer s.busy.Unlock()
	items := make([]container.OpenCmd, len(files))
	for i, f := range files {
		mode := f.Mode.Perm()
		if mode == 0 {
			mode = 0o644
		}
		items[i] = container.OpenCmd{
			Path: inContainer(f.Path), Flag: unix.O_WRONLY | unix.O_CREAT | unix.O_TRUNC, Perm: uint32(mode), Parents: true,
		}
	}
	opened, err := s.client.Open(ctx, items)
	if err != nil {
		return s.fault(err)
	}
	var errs []error
	for i, o := range opened {
		errs = append(errs, put(o, files[i]))
	}
	return errors.Join(errs...)
}

// put writes one file that was opened, and closes it.
func put(o container.Opened, f File) error {
	if o.Err != nil {
		return fmt.Errorf("put file %q into the container: %w", f.Path, o.Err)
	}
	_, err := o.File.Write(f.Data)
	return errors.Join(err, o.File.Close())
}

// Open opens a regular file of the container for reading. It never follows a symbolic link and never blocks
// on a FIFO or device. errors.Is tells a missing file (fs.ErrNotExist).
func (s *Sandbox) Open(ctx context.Context, path string) (*os.File, error) {
	s.busy.Lock()
	defer s.busy.Unlock()
	return s.open(ctx, container.OpenCmd{Path: inContainer(path), Flag: unix.O_RDONLY})
}

func (s *Sandbox) open(ctx context.Context, item container.OpenCmd) (*os.File, error) {
	opened, err := s.client.Open(ctx, []container.OpenCmd{item})
	if err != nil {
		return nil, s.fault(err)
	}
	return opened[0].File, opened[0].Err
}

// Bounds of Collect, besides the caller's.
const (
	collectFiles = 10_000
	collectDepth = 64
)

// Collect reads every regular file below dir of the container, with paths relative to it, in byte order.
// Symbolic links and special files are left out, and what the program has closed to the worker of an ordinary user,
// whose id it has. It stops with an error when the files hold more than limit
// bytes together, or are more than 10,000, or 64 directories deep. Nothing may run in the container now.
func (s *Sandbox) Collect(ctx context.Context, dir string, limit Bytes) ([]File, error) {
	s.busy.Lock()
	defer s.busy.Unlock()
	root, err := s.open(ctx, container.OpenCmd{Path: inContainer(dir), Dir: true})
	if err != nil {
		return nil, err
	}
	c := collector{left: limit}
	if err := c.walk(root, "", 0); err != nil {
		return nil, fmt.Errorf("collect %s: %w", dir, err)
	}
	slices.SortFunc(c.files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	return c.files, nil
}

type collector struct {
	files []File
	left  Bytes
}

// walk takes ownership of dir.
func (c *collector) walk(dir *os.File, prefix string, depth int) error {
	defer dir.Close()
	if depth > collectDepth {
		return fmt.Errorf("%q is more than %d directories deep", prefix, collectDepth)
	}
	entries, err := dir.ReadDir(-1)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !e.IsDir() && !e.Type().IsRegular() {
			continue
		}
		// O_NOFOLLOW: what the program left behind is taken for what it is.
		fd, err := unix.Openat(int(dir.Fd()), e.Name(), unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
		if errors.Is(err, unix.EACCES) {
			continue
		}
		if err != nil {
			return &os.PathError{Op: "open", Path: e.Name(), Err: err}
		}
		f, name := os.NewFile(uintptr(fd), e.Name()), path.Join(prefix, e.Name())
		if e.IsDir() {
			err = c.walk(f, name, depth+1)
		} else {
			err = c.take(f, name)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// take takes ownership of f.
func (c *collector) take(f *os.File, name string) error {
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if c.left -= Bytes(info.Size()); c.left < 0 || len(c.files) >= collectFiles {
		return fmt.Errorf("file %q goes beyond the limit: %w", name, unix.EFBIG)
	}
	data, err := io.ReadAll(io.LimitReader(f, info.Size()))
	if err != nil {
		return err
	}
	c.files = append(c.files, File{Path: name, Mode: info.Mode() & fs.ModePerm, Data: data})
	return nil
}

// OpenNameless opens a file of the host for a program to read. What /proc/self/fd tells the program of it is "/": a
// name gives away where the host keeps things, and which test this is. 12 us, 35 after idle; the file is opened in a
// mount of its own, which no process has. An ordinary user may make none, and gets a copy in memory.
func OpenNameless(path string) (*os.File, error) {
	tree, err := unix.OpenTree(unix.AT_FDCWD, path, unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC)
	if errors.Is(err, unix.EPERM) {
		return copyOf(path)
	}
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: path, Err: err}
	}
	defer unix.Close(tree) // the open file keeps its mount
	fd, err := unix.Open(fmt.Sprintf("/proc/self/fd/%d", tree), unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: path, Err: err}
	}
	return os.NewFile(uintptr(fd), path), nil
}

// copyOf is a sealed copy of a file.
func copyOf(path string) (*os.File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return sealedCopy(f)
}

// MemFile returns a sealed in-memory file that holds data, at offset 0: a cheap standard input that no
// program can change. The caller owns it.
func MemFile(name string, data []byte) (*os.File, error) {
	fd, err := unix.MemfdCreate(name, unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	if err != nil {
		return nil, os.NewSyscallError("memfd_create", err)
	}
	f := os.NewFile(uintptr(fd), name)
	if err := fillMemFile(f, data); err != nil {
		return nil, errors.Join(fmt.Errorf("fill memory file %s: %w", name, err), f.Close())
	}
	return f, nil
}

func fillMemFile(f *os.File, data []byte) error {
	if _, err := f.WriteAt(data, 0); err != nil {
		return err
	}
	return sealMemFile(f, 0o444)
}

// sealMemFile makes a file in memory one that nobody can change.
func sealMemFile(f *os.File, mode fs.FileMode) error {
	if err := f.Chmod(mode); err != nil {
		return err
	}
	const seals = unix.F_SEAL_WRITE | unix.F_SEAL_SHRINK | unix.F_SEAL_GROW | unix.F_SEAL_SEAL
	_, err := unix.FcntlInt(f.Fd(), unix.F_ADD_SEALS, seals)
	return os.NewSyscallError("fcntl", err)
}
