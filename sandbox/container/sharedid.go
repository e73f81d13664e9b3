package container

import (
	"fmt"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/sandbox/forkexec"
)

// With Config.SharedID the program has the id of the container server. What the kernel refuses to another id, it
// would allow here, so it is taken away in other ways:
//
//	signals to pid 1          pid 1 has no handlers, and the kernel drops what its namespace sends it then
//	looking into pid 1        it is not dumpable; its /proc files are hidden by hidepid
//	limits, cores of pid 1    the seccomp filter refuses those calls for other processes (Policy.SharedID)
//	capabilities              dropped before exec; the bounding set is empty, so that being uid 0 gives none back
//	the root file system      read-only while a program runs, and so are directories that are not the program's
//	files of the worker       never passed: sealed copies in memory are (package sandbox)
//
// Not held: a program can change in place the files that were put into its own directory.

// protectSharedID does the part of the above that is done once.
func (s *containerServer) protectSharedID() error {
	if s.SharedID {
		forkexec.ClearSignalHandlers()
	}
	return nil
}

// setRootReadOnly makes the root file system read-only, or writable again, with Config.SharedID: there the program
// could write to it. The same goes for the directories that are not the program's.
func (s *containerServer) setRootReadOnly(on bool) error {
	if !s.SharedID || s.rootReadOnly == on {
		return nil
	}
	attr := unix.MountAttr{Attr_clr: unix.MOUNT_ATTR_RDONLY}
	if on {
		attr = unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY}
	}
	if err := unix.MountSetattr(unix.AT_FDCWD, "/", 0, &attr); err != nil {
		return fmt.Errorf("make the root file system read-only: %w", os.NewSyscallError("mount_setattr", err))
	}
	for i := range s.writable {
		if w := &s.writable[i]; !w.owned {
			if err := w.remount(on); err != nil {
				return fmt.Errorf("make %s read-only: %w", w.path, err)
			}
		}
	}
	s.rootReadOnly = on
	return nil
}

// runAs is whom the program runs as; nil stays the same.
func (s *containerServer) runAs() *forkexec.Credential {
	if s.SharedID {
		return nil
	}
	return &s.Credential
}

// raiseProcessLimit raises RLIMIT_NPROC by the number of the server's own threads, which count too when the id is shared.
func (s *containerServer) raiseProcessLimit(r *forkexec.RLimit) {
	if !s.SharedID || r.Resource != unix.RLIMIT_NPROC {
		return
	}
	threads, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return // the program gets fewer, then
	}
	more := uint64(len(threads) + 1) // the Go runtime may want another
	r.Soft, r.Hard = r.Soft+more, r.Hard+more
}

// usage sums what the processes of a run have used, as they are waited for. A nil usage only waits.
type usage struct {
	cpu  time.Duration
	peak int64 // bytes
}

// startAccounting starts summing usage.
func (s *containerServer) startAccounting() error {
	if s.Account {
		s.usage = &usage{}
	}
	return nil
}

// reset prepares for a new run.
func (l *usage) reset() {
	if l != nil {
		*l = usage{}
	}
}

// wait is wait4 for any process. What a process has waited for itself is part of its usage.
func (l *usage) wait(status *syscall.WaitStatus) (int, error) {
	if l == nil {
		return syscall.Wait4(-1, status, syscall.WALL, nil)
	}
	var used syscall.Rusage
	pid, err := syscall.Wait4(-1, status, syscall.WALL, &used)
	if pid > 0 {
		l.cpu += time.Duration(used.Utime.Nano() + used.Stime.Nano())
		l.peak = max(l.peak, used.Maxrss<<10)
	}
	return pid, err
}

// total is the usage of the run. A program starts in the server's memory (vfork), which counts for its peak, so a peak
// that is not above the server's own is reported as 0, unknown.
func (l *usage) total() (cpu time.Duration, peak int64) {
	if l == nil {
		return 0, 0
	}
	var own syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &own); err != nil || l.peak <= own.Maxrss<<10 {
		return l.cpu, 0
	}
	return l.cpu, l.peak
}
