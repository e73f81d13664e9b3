package sandbox

import (
	"context"
	"errors"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/sandbox/container"
)

// fileUsage measures the files that a run writes (FilesCounted). While the program runs, only the number of pages and
// files in the file systems is read, which takes 0.5 us. The sizes of the files themselves are read when the pages exceed
// what remains of the limit, and at the end.
//
// Files beyond maxWalked, and those that cannot be read (a directory closed to an ordinary user), count by the pages
// that they take. Owned by the run.
type fileUsage struct {
	dirs        []*os.File // nil when files are not counted
	sizesBefore map[uint64]int64
	heldBefore  fsUsage
	nextCheck   time.Time // zero means never
}

// fsUsage is the content of the writable directories, or its growth.
type fsUsage struct {
	bytes Bytes // whole pages
	files int64 // directories and links too
}

// fileCheckInterval is the time between two calls of exceeds that check. A program writes 2 to 3 GB a second to memory.
const fileCheckInterval = 5 * time.Millisecond

// countsFiles reports whether the files written by the run must be measured.
func (l *Limits) countsFiles() bool { return l.Files == FilesCounted && l.Output > 0 }

// begin records the state before the run.
func (w *fileUsage) begin(ctx context.Context, s *Sandbox, l *Limits) (err error) {
	if !l.countsFiles() {
		return nil
	}
	if err = w.open(ctx, s); err != nil {
		return err
	}
	if w.heldBefore, err = fsUsageOf(w.dirs); err != nil {
		return err
	}
	w.sizesBefore = map[uint64]int64{}
	if w.heldBefore.files > int64(len(w.dirs)) {
		walk := fileUsageWalk{sizes: w.sizesBefore}
		_ = walk.all(w.dirs) // what could not be looked at counts as new, when it can be later
	}
	w.nextCheck = time.Now().Add(fileCheckInterval)
	return nil
}

// open opens the writable directories.
func (w *fileUsage) open(ctx context.Context, s *Sandbox) error {
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

func (w *fileUsage) close() {
	for _, dir := range w.dirs {
		_ = dir.Close() // read only
	}
}

// exceeds reports whether the files hold more than left, what remains of Limits.Output.
func (w *fileUsage) exceeds(now time.Time, left Bytes) (over bool, err error) {
	if w.dirs == nil || now.Before(w.nextCheck) {
		return false, nil
	}
	w.nextCheck = now.Add(fileCheckInterval)
	grown, err := w.growth()
	if err != nil || grown.bytes <= left {
		return false, err
	}
	return w.size(grown) > left, nil
}

// total is the size of what was written, when the run is over; 0 when files are not counted.
func (w *fileUsage) total() (Bytes, error) {
	if w.dirs == nil {
		return 0, nil
	}
	grown, err := w.growth()
	if err != nil {
		return 0, err
	}
	return w.size(grown), nil
}

func (w *fileUsage) growth() (fsUsage, error) {
	now, err := fsUsageOf(w.dirs)
	return fsUsage{bytes: max(now.bytes-w.heldBefore.bytes, 0), files: now.files - w.heldBefore.files}, err
}

// size is the size of the files that are new, and what the others have grown by.
func (w *fileUsage) size(grown fsUsage) Bytes {
	if grown.files > maxWalked {
		return grown.bytes
	}
	walk := fileUsageWalk{known: w.sizesBefore}
	if err := walk.all(w.dirs); err != nil {
		return grown.bytes
	}
	// A file that was removed while it is open has no name to be found by. The last page of each may hold one byte.
	most := Bytes(max(grown.files, 0)) + Bytes(len(w.sizesBefore))
	return max(walk.bytes, grown.bytes-most*(pageSize-1))
}

var pageSize = Bytes(os.Getpagesize())

// fsUsageOf sums the file systems of the directories.
func fsUsageOf(dirs []*os.File) (sum fsUsage, err error) {
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
