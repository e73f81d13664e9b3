package container

import (
	"errors"
	"fmt"
	"os"
	"path"
	"syscall"

	"golang.org/x/sys/unix"
)

// open opens every item it can and answers with the descriptors of those, and an error for each other.
func (s *containerServer) open(items []OpenCmd) {
	if len(items) > maxOpenBatch {
		s.replyError("open", fmt.Errorf("%d files at once, at most %d: %w", len(items), maxOpenBatch, syscall.E2BIG))
		return
	}
	errs := make([]errorReply, len(items))
	var fds []int
	for i := range items {
		if items[i].Flag&unix.O_CREAT != 0 {
			if err := s.makeWritable(); err != nil {
				errs[i] = toErrorReply("open", err)
				continue
			}
		}
		fd, err := openItem(&items[i])
		if err != nil {
			errs[i] = toErrorReply("open", err)
			continue
		}
		fds = append(fds, fd)
	}
	s.replies.send(sendReply{reply: &reply{Type: replySuccess, OpenReply: &openReply{errs}}, fds: fds})
}

// openFlags are those that a client may ask for.
const openFlags = unix.O_ACCMODE | unix.O_CREAT | unix.O_EXCL | unix.O_TRUNC | unix.O_APPEND

// openItem opens one path without following any symbolic link: a program may have left links, and the server
// may read what the program may not. O_NONBLOCK keeps a FIFO or a device from blocking; only regular files
// (or directories, where asked for) are handed out.
func openItem(o *OpenCmd) (int, error) {
	if err := checkPath(o.Path); err != nil {
		return -1, &errorReply{Step: "open", Errno: syscall.EINVAL, Message: err.Error()}
	}
	if o.Flag&^openFlags != 0 {
		return -1, &errorReply{Step: "open", Errno: syscall.EINVAL, Message: fmt.Sprintf("flags %#o of %q: not all are known", o.Flag, o.Path)}
	}
	if o.Parents {
		if err := makeParents(o.Path); err != nil {
			return -1, err
		}
	}
	flag, want := o.Flag, uint32(unix.S_IFREG)
	if o.Dir {
		flag, want = unix.O_RDONLY|unix.O_DIRECTORY, unix.S_IFDIR
	}
	how := unix.OpenHow{
		Flags:   uint64(flag) | unix.O_CLOEXEC | unix.O_NONBLOCK | unix.O_NOCTTY,
		Resolve: unix.RESOLVE_NO_SYMLINKS | unix.RESOLVE_NO_MAGICLINKS,
	}
	if flag&unix.O_CREAT != 0 {
		how.Mode = uint64(o.Perm)
	}
	fd, err := unix.Openat2(unix.AT_FDCWD, o.Path, &how)
	if err != nil {
		return -1, &os.PathError{Op: "open", Path: o.Path, Err: err}
	}
	if err := checkOpened(fd, o, want, flag&unix.O_CREAT != 0); err != nil {
		_ = unix.Close(fd) // not ours to use
		return -1, err
	}
	return fd, nil
}

func checkOpened(fd int, o *OpenCmd, want uint32, create bool) error {
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return os.NewSyscallError("fstat", err)
	}
	if st.Mode&unix.S_IFMT != want {
		return &errorReply{Step: "open", Errno: syscall.EINVAL, Message: fmt.Sprintf("%q is not a regular file", o.Path)}
	}
	if create {
		// The umask of the server must not decide who can read the file.
		return os.NewSyscallError("fchmod", unix.Fchmod(fd, o.Perm))
	}
	return nil
}

// makeParents makes the directories above p. A program may have put links there, so each is opened beneath
// the one before and none is followed.
func makeParents(p string) error {
	dir := path.Dir(p)
	how := unix.OpenHow{
		Flags:   unix.O_PATH | unix.O_DIRECTORY | unix.O_CLOEXEC,
		Resolve: unix.RESOLVE_NO_SYMLINKS | unix.RESOLVE_NO_MAGICLINKS,
	}
	fd, err := unix.Openat2(unix.AT_FDCWD, dir, &how)
	if err == nil {
		return unix.Close(fd)
	}
	if !errors.Is(err, syscall.ENOENT) || dir == "/" {
		return &os.PathError{Op: "open", Path: dir, Err: err}
	}
	if err := makeParents(dir); err != nil {
		return err
	}
	if err := unix.Mkdir(dir, 0o755); err != nil && !errors.Is(err, syscall.EEXIST) {
		return &os.PathError{Op: "mkdir", Path: dir, Err: err}
	}
	return makeParents(p)
}

// makeOwnedDir makes a directory that belongs to the program's user.
func (s *containerServer) makeOwnedDir(p string) error {
	if err := checkPath(p); err != nil {
		return &errorReply{Step: "mkdir", Errno: syscall.EINVAL, Message: err.Error()}
	}
	if err := errors.Join(s.makeWritable(), makeParents(p)); err != nil {
		return err
	}
	if err := unix.Mkdir(p, 0o755); err != nil && !errors.Is(err, syscall.EEXIST) {
		return &os.PathError{Op: "mkdir", Path: p, Err: err}
	}
	fd, err := openItem(&OpenCmd{Path: p, Dir: true})
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	return os.NewSyscallError("fchown", unix.Fchown(fd, int(s.Credential.UID), int(s.Credential.GID)))
}

// remove deletes a file or a tree.
func (s *containerServer) remove(p string) error {
	if err := checkPath(p); err != nil || p == "/" {
		return &errorReply{Step: "delete", Errno: syscall.EINVAL, Message: fmt.Sprintf("path %q: not absolute and clean, or the root", p)}
	}
	parent, err := openItem(&OpenCmd{Path: path.Dir(p), Dir: true})
	if err != nil {
		return err
	}
	defer unix.Close(parent)
	if err := s.makeWritable(); err != nil {
		return err
	}
	budget := maxLeftovers
	return removeEntry(parent, path.Base(p), &budget)
}
