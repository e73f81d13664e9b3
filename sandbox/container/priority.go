package container

import (
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// atDefaultPriority runs do on a thread with the scheduling policy and niceness that programs get, whatever the worker has
// been given, so that a process created by it has them from its first instruction. A user that may not raise a priority
// creates processes with the worker's.
func atDefaultPriority(do func() error) error {
	runtime.LockOSThread()
	before, err := unix.SchedGetAttr(0, 0)
	if err != nil {
		runtime.UnlockOSThread()
		return os.NewSyscallError("sched_getattr", err)
	}
	normal := &unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: unix.SCHED_NORMAL}
	if before.Policy == normal.Policy && before.Nice == normal.Nice || unix.SchedSetAttr(0, normal, 0) != nil {
		runtime.UnlockOSThread()
		return do()
	}
	err = do()
	if unix.SchedSetAttr(0, before, 0) == nil {
		runtime.UnlockOSThread()
	} // else the thread stays locked to this goroutine, and ends with it
	return err
}

// worstOOMScore makes a process the kernel's first choice where memory runs out (man 5 proc_pid_oom_score_adj).
const worstOOMScore = "1000"

// offerToOOMKiller makes everything in the container the kernel's first choice when memory runs out where no limit of its own
// comes before: on the host, or in the control group of the worker, whose own score would be inherited.
func offerToOOMKiller() error {
	return os.WriteFile("/proc/self/oom_score_adj", []byte(worstOOMScore), 0)
}
