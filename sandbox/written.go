package sandbox

import (
	"context"
	"errors"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/sandbox/container"
)

// written measures the files that a run writes (FilesCounted). How many pages and files the file systems hold costs
// 0.5 us to ask, so that is what is looked at while the program runs; which files those are, and how long each is, is
// looked up when the pages are more than the limit leaves, and at the end.
//
// Files beyond walkMost, and what cannot be looked at (a directory closed to an ordinary user), count as the pages
// that they take. Owned by the run.
type written struct {
	dirs   []*os.File // nil when files are not counted
	known  map[uint64]int64
	before occupied
	next   time.Time // when to look again; zero for never
}

// occupied is what the writable directories hold, or how much more than before.
type occupied struct {
	bytes Bytes // whole pages
	files int64 // directories and links too
}

// filesEvery is how often files are looked at. A program writes 2 to 3 GB a second to memory.
const filesEvery = 5 * time.Millisecond

// countsFiles tells whether files written have to be measured.
func (l *Limits) countsFiles() bool { return l.Files == FilesCounted && l.Output > 0 }

// begin takes the state before the run.
func (w *written) begin(ctx context.Context, s *Sandbox, l *Limits) (err error) {
	if !l.countsFiles() {
		return nil
	}
	if err = w.open(ctx, s); err != nil {
		return err
	}
	if w.before, err = occupation(w.dirs); err != nil {
		return err
	}
	w.known = map[uint64]int64{}
	if w.before.files > int64(len(w.dirs)) {
		walk := fileWalk{sizes: w.known}
		_ = walk.all(w.dirs) // what could not be looked at counts as new, when it can be later
	}
	w.next = time.Now().Add(filesEvery)
	return nil
}

// open opens the writable directories.
func (w *written) open(ctx context.Context, s *Sandbox) error {
	items := make([]container.OpenCmd, len(scratchDirs))
	for i, dir := range scratchDirs {
		items[i] = container.OpenCmd{Path: dir, Dir: true}
	}
	opened, err := s.client.Open(ctx, items)
	if err != nil {
		return err
	}
	var errs []error
	for _, o := range opened {
		if o.Err != nil {
			errs = append(errs, o.Err)
			continue
		}
		w.dirs = append(w.dirs, o.File)
	}
	return errors.Join(errs...)
}

func (w *written) close() {
	for _, dir := range w.dirs {
		_ = dir.Close() // read only
	}
}

// look tells whether the files hold more than is left of the limit.
func (w *written) look(now time.Time, left Bytes) (over bool, err error) {
	if w.dirs == nil || now.Before(w.next) {
		return false, nil
	}
	w.next = now.Add(filesEvery)
	grown, err := w.grown()
	if err != nil || grown.bytes <= left {
		return false, err
	}
	return w.size(grown) > left, nil
}

// total is the size of what was written, when the run is over; 0 when files are not counted.
func (w *written) total() (Bytes, error) {
	if w.dirs == nil {
		return 0, nil
	}
	grown, err := w.grown()
	if err != nil {
		return 0, err
	}
	return w.size(grown), nil
}

func (w *written) grown() (occupied, error) {
	now, err := occupation(w.dirs)
	return occupied{bytes: max(now.bytes-w.before.bytes, 0), files: now.files - w.before.files}, err
}

// size is the size of the files that are new, and what the others have grown by.
func (w *written) size(grown occupied) Bytes {
	if grown.files > walkMost {
		return grown.bytes
	}
	walk := fileWalk{known: w.known}
	if err := walk.all(w.dirs); err != nil {
		return grown.bytes
	}
	// A file that was removed while it is open has no name to be found by. The last page of each may hold one byte.
	most := Bytes(max(grown.files, 0)) + Bytes(len(w.known))
	return max(walk.bytes, grown.bytes-most*(pageSize-1))
}

var pageSize = Bytes(os.Getpagesize())

// occupation adds up the file systems of the directories.
func occupation(dirs []*os.File) (sum occupied, err error) {
	for _, dir := range dirs {
		var fs unix.Statfs_t
		if err := unix.Fstatfs(int(dir.Fd()), &fs); err != nil {
			return sum, os.NewSyscallError("fstatfs", err)
		}
		sum.bytes += Bytes(fs.Blocks-fs.Bfree) * Bytes(fs.Bsize)
		sum.files += int64(fs.Files - fs.Ffree)
	}
	return sum, nil
}
