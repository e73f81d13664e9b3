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

// Put writes files into the container, replacing what is there. The error of a file is a *PutError.
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
		return &PutError{f.Path, o.Err}
	}
	var err error
	if f.From == nil {
		_, err = o.File.Write(f.Data)
	} else if err = copyAll(o.File, f.From); err != nil {
		err = fmt.Errorf("copy %s: %w", f.From.Name(), err)
	}
	if err = errors.Join(err, o.File.Close()); err != nil {
		return &PutError{f.Path, err}
	}
	return nil
}

// copyAll copies a file within the kernel, from its start.
func copyAll(to, from *os.File) error {
	const most = 1 << 30 // of one call
	var offset int64
	for {
		n, err := unix.Sendfile(int(to.Fd()), int(from.Fd()), &offset, most)
		switch {
		case errors.Is(err, unix.EINTR):
		case err != nil:
			return os.NewSyscallError("sendfile", err)
		case n == 0:
			return nil
		}
	}
}

// Open opens a regular file of the container for reading. It never follows a symbolic link and never blocks
// on a FIFO or device. A missing file is fs.ErrNotExist.
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

// Bounds of Collect, besides the caller's. What it returns can be put into another container, below a directory of its own
// and beside some thousand other files.
const (
	collectFiles = 10_000
	collectDirs  = 10_000
	collectDepth = 64
	collectPath  = 2 << 10 // bytes; the kernel takes 4 KiB
)

// Collect reads every regular file below dir of the container, with paths relative to it, in byte order.
// Symbolic links and special files are left out, and what the program has closed to the worker of an ordinary user,
// whose id it has. It stops with an error when the files hold more than limit
// bytes together, or are more than 10,000, or in more than 10,000 directories, or 64 deep, or have paths of more than 2 KiB.
// Nothing may run in the container now.
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
	dirs  int
	left  Bytes
}

// walk takes ownership of dir.
func (c *collector) walk(dir *os.File, prefix string, depth int) error {
	defer dir.Close()
	if c.dirs++; c.dirs > collectDirs {
		return fmt.Errorf("there are more than %d directories", collectDirs)
	}
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
		name := path.Join(prefix, e.Name())
		if len(name) > collectPath {
			return fmt.Errorf("a path of %d bytes is longer than %d: %w", len(name), collectPath, unix.ENAMETOOLONG)
		}
		// O_NOFOLLOW: what the program left behind is taken for what it is.
		fd, err := unix.Openat(int(dir.Fd()), e.Name(), unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
		if errors.Is(err, unix.EACCES) {
			continue
		}
		if err != nil {
			return &os.PathError{Op: "open", Path: e.Name(), Err: err}
		}
		f := os.NewFile(uintptr(fd), e.Name())
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

// OpenNameless opens a file of the host for a program to read or to be run from. Through /proc/self/fd, /proc/self/exe and
// /proc/self/maps the program sees it as "/": a path would reveal where the host keeps its files, and which test this is. It
// takes 12 us, 35 after idle; the file is opened through a detached mount. An ordinary user may not make one, and gets a copy
// in memory; so does everybody of a file that not everybody may read, see ForAll.
func OpenNameless(path string) (*os.File, error) {
	tree, err := unix.OpenTree(unix.AT_FDCWD, path, unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC)
	if errors.Is(err, unix.EPERM) {
		return copyOf(path)
	}
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: path, Err: err}
	}
	defer unix.Close(tree) // the open file keeps its mount
	f, err := openRead(fmt.Sprintf("/proc/self/fd/%d", tree), path)
	if err != nil {
		return nil, err
	}
	return ForAll(f)
}

// OpenRead is os.Open for a regular file or a device that is there at once. The runtime does not try to wait for it in its
// poller, which takes five system calls more.
func OpenRead(path string) (*os.File, error) { return openRead(path, path) }

// openRead opens path, under a name for errors.
func openRead(path, name string) (*os.File, error) {
	for {
		fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
		switch {
		case err == nil:
			return os.NewFile(uintptr(fd), name), nil
		case !errors.Is(err, unix.EINTR):
			return nil, &os.PathError{Op: "open", Path: name, Err: err}
		}
	}
}

// ForAll makes of f what a program can read once more by name, such as /dev/stdin, although it runs under an id of its own:
// of a regular file that not everybody may read a copy in memory, from the offset of f on; a pipe is opened to everybody.
// What else there is, such as a terminal, stays as it is. It takes ownership of f.
func ForAll(f *os.File) (*os.File, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	switch mode := info.Mode(); {
	case mode.Perm()&0o004 != 0:
	case mode.IsRegular():
		c, err := SealedCopy(f, runCopy)
		return c, errors.Join(err, f.Close())
	case mode&fs.ModeNamedPipe != 0 && isNameless(f):
		_ = f.Chmod(mode.Perm() | 0o444) // where it is another user's, it has no name that works
	}
	return f, nil
}

// isNameless tells a pipe from a FIFO, whose mode is its owner's business.
func isNameless(pipe *os.File) bool {
	var of unix.Statfs_t
	return unix.Fstatfs(int(pipe.Fd()), &of) == nil && of.Type == unix.PIPEFS_MAGIC
}

// copyOf is a sealed copy of a file.
func copyOf(path string) (*os.File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return SealedCopy(f, runCopy)
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
