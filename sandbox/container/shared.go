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
//	the root file system      read-only while a program runs
//	files of the worker       never passed: sealed copies in memory are (package sandbox)
//
// Not held: a program can change in place the files that were put into its own directory.

// guardSharedID does what is done once.
func (s *containerServer) guardSharedID() error {
	if s.SharedID {
		forkexec.Deafen()
	}
	return nil
}

// sealRoot makes the root file system read-only, or writable again for the server, where the program could
// write to it otherwise.
func (s *containerServer) sealRoot(seal bool) error {
	if !s.SharedID || s.sealed == seal {
		return nil
	}
	attr := unix.MountAttr{Attr_clr: unix.MOUNT_ATTR_RDONLY}
	if seal {
		attr = unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY}
	}
	if err := unix.MountSetattr(unix.AT_FDCWD, "/", 0, &attr); err != nil {
		return fmt.Errorf("seal the root file system: %w", os.NewSyscallError("mount_setattr", err))
	}
	s.sealed = seal
	return nil
}

// credential is whom the program runs as; nil stays the same.
func (s *containerServer) credential() *forkexec.Credential {
	if s.SharedID {
		return nil
	}
	return &forkexec.Credential{UID: s.Credential.UID, GID: s.Credential.GID}
}

// makeRoomFor raises a limit on processes by the server's own threads, which count as well when the id is shared.
func (s *containerServer) makeRoomFor(r *RLimit) {
	if !s.SharedID || r.Resource != unix.RLIMIT_NPROC {
		return
	}
	threads, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return // too few for the program, then
	}
	more := uint64(len(threads) + 1) // the Go runtime may want another
	r.Soft, r.Hard = r.Soft+more, r.Hard+more
}

// ledger adds up what the processes of a run have used, as they are waited for. A nil ledger only waits.
type ledger struct {
	cpu  time.Duration
	peak int64 // bytes
}

// beginAccount starts the ledger, and offers everything that runs here to the kernel first when the host runs
// out of memory: no control group holds it back.
func (s *containerServer) beginAccount() error {
	if !s.Account {
		return nil
	}
	s.ledger = &ledger{}
	return os.WriteFile("/proc/self/oom_score_adj", []byte("1000"), 0)
}

// begin begins a new run.
func (l *ledger) begin() {
	if l != nil {
		*l = ledger{}
	}
}

// wait is wait4 for any process. What a process has waited for itself is part of its usage.
func (l *ledger) wait(status *syscall.WaitStatus) (int, error) {
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

// sum is what was used. A program starts its life in the server's memory (vfork), and the kernel never forgets
// how much that was; a peak that is not above it is unknown.
func (l *ledger) sum() (cpu time.Duration, peak int64) {
	if l == nil {
		return 0, 0
	}
	var own syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &own); err != nil || l.peak <= own.Maxrss<<10 {
		return l.cpu, 0
	}
	return l.cpu, l.peak
}
