package sandbox

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path"

	"golang.org/x/sys/unix"
)

// maxWalked is the most files and directories that a fileUsageWalk reads, at 2 us each.
const maxWalked = 2000

// fileUsageWalk sums the sizes of regular files, while a hostile program may be changing them: no link is followed,
// nothing blocks, and no directory stays open.
type fileUsageWalk struct {
	known map[uint64]int64 // sizes that are not counted, by inode
	sizes map[uint64]int64 // filled in, when not nil
	bytes Bytes
	seen  int
}

var errTooManyFiles = fmt.Errorf("more than %d files: %w", maxWalked, unix.E2BIG)

// all walks several file systems.
func (w *fileUsageWalk) all(roots []*os.File) error {
	for i, root := range roots {
		if err := w.tree(int(root.Fd()), uint64(i)); err != nil {
			return err
		}
	}
	return nil
}

// tree walks one, whose number distinguishes its inodes from those of the others.
func (w *fileUsageWalk) tree(root int, number uint64) error {
	links := map[uint64]bool{} // files with several names, counted once
	for pending := []string{"."}; len(pending) > 0; {
		dir := pending[len(pending)-1]
		pending = pending[:len(pending)-1]
		err := w.list(root, dir, func(name string, st *unix.Stat_t) {
			switch st.Mode & unix.S_IFMT {
			case unix.S_IFDIR:
				pending = append(pending, path.Join(dir, name))
			case unix.S_IFREG:
				if !links[st.Ino] {
					links[st.Ino] = st.Nlink > 1
					w.add(st.Ino*uint64(len(scratchDirs))+number, st.Size)
				}
			}
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// list goes through the entries of a directory. One that is gone, or has become something else, has none.
func (w *fileUsageWalk) list(root int, dir string, visit func(string, *unix.Stat_t)) error {
	fd, err := unix.Openat2(root, dir, &unix.OpenHow{
		Flags:   unix.O_RDONLY | unix.O_DIRECTORY | unix.O_NONBLOCK | unix.O_CLOEXEC,
		Resolve: unix.RESOLVE_BENEATH | unix.RESOLVE_NO_SYMLINKS | unix.RESOLVE_NO_XDEV,
	})
	if errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ENOTDIR) || errors.Is(err, unix.ELOOP) {
		return nil
	}
	if err != nil {
		return &os.PathError{Op: "open", Path: dir, Err: err}
	}
	f := os.NewFile(uintptr(fd), dir)
	defer f.Close()
	names, err := f.Readdirnames(maxWalked - w.seen + 1)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if w.seen += len(names); w.seen > maxWalked {
		return errTooManyFiles
	}
	for _, name := range names {
		var st unix.Stat_t
		if unix.Fstatat(fd, name, &st, unix.AT_SYMLINK_NOFOLLOW) == nil { // else it is gone
			visit(name, &st)
		}
	}
	return nil
}

func (w *fileUsageWalk) add(inode uint64, size int64) {
	if w.sizes != nil {
		w.sizes[inode] = size
	}
	w.bytes += Bytes(max(size-w.known[inode], 0))
}
