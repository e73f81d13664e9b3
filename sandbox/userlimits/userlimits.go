package userlimits

import (
	"bytes"
	"os"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/sandbox/container"
	"github.com/gaveloj/gavel/sandbox/forkexec"
)

// The kernel counts some objects for each user in each user namespace, and again for the user who made the namespace: for
// the worker's user all containers together (kernel/ucount.c). Without limits of its own, one container could take what the
// host's root has: inotify instances, pending signals and timers, message queues.

// The most that one container gets, which is far more than runtimes use: they watch files when a program asks for it, and
// have a timer or a queued signal for a few threads.
const (
	maxInotifyInstances = 4
	maxInotifyWatches   = 1024
	maxPendingSignals   = 1024
	maxLockedMemory     = 64 << 10 // bytes
)

// What kernels have by default, where the worker cannot read it.
const (
	usualInotifyInstances = 128
	usualInotifyWatches   = 8192
)

// Counts are what the host allows to one user.
type Counts struct{ inotifyInstances, inotifyWatches, pendingSignals, lockedMemory uint64 }

// Read reads them, with what kernels have by default for what the worker cannot read.
func Read() (Counts, error) {
	c := Counts{
		inotifyInstances: kernelNumber("/proc/sys/fs/inotify/max_user_instances", usualInotifyInstances),
		inotifyWatches:   kernelNumber("/proc/sys/fs/inotify/max_user_watches", usualInotifyWatches),
	}
	for resource, hard := range map[int]*uint64{unix.RLIMIT_SIGPENDING: &c.pendingSignals, unix.RLIMIT_MEMLOCK: &c.lockedMemory} {
		var r unix.Rlimit
		if err := unix.Getrlimit(resource, &r); err != nil {
			return c, os.NewSyscallError("getrlimit", err)
		}
		*hard = r.Max
	}
	return c, nil
}

// kernelNumber reads a file of one number; usual stands for what cannot be read.
func kernelNumber(file string, usual uint64) uint64 {
	text, err := os.ReadFile(file)
	if err != nil {
		return usual
	}
	n, err := strconv.ParseUint(string(bytes.TrimSpace(text)), 10, 64)
	if err != nil {
		return usual
	}
	return n
}

// share is what one of some containers gets: at most a quarter of what the host allows for all of them. The other
// containers of slots, for programs of packages that talk with a submission, can take as much again.
func share(host, most uint64, containers int) uint64 {
	return min(host/4/uint64(max(containers, 1)), most)
}

// PerUser are the limits of one of some containers on what is counted for each user.
func (c Counts) PerUser(containers int) []container.UserLimit {
	return []container.UserLimit{
		{Name: "max_inotify_instances", Most: share(c.inotifyInstances, maxInotifyInstances, containers)},
		{Name: "max_inotify_watches", Most: share(c.inotifyWatches, maxInotifyWatches, containers)},
		// The filter forbids fanotify, and POSIX message queues below.
		{Name: "max_fanotify_groups"},
		{Name: "max_fanotify_marks"},
	}
}

// Inherited are the resource limits that programs have from the container server: those that the kernel counts for a user.
// The number of processes is the control group's to limit.
func (c Counts) Inherited(containers int) []forkexec.RLimit {
	limit := func(resource int, value uint64) forkexec.RLimit {
		return forkexec.RLimit{Resource: resource, Soft: value, Hard: value}
	}
	return []forkexec.RLimit{
		limit(unix.RLIMIT_SIGPENDING, share(c.pendingSignals, maxPendingSignals, containers)),
		limit(unix.RLIMIT_MSGQUEUE, 0),
		limit(unix.RLIMIT_MEMLOCK, min(c.lockedMemory, maxLockedMemory)),
	}
}
