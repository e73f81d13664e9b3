package sandbox

import (
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/sandbox/forkexec"
)

// Defaults of Limits.
const (
	defaultStack     = 64 * MiB
	defaultOpenFiles = 1024
	defaultFileSize  = 256 * MiB
)

// hardLimits are the worker's own, which a program's can never exceed: raising one takes a privilege that no
// container has.
type hardLimits struct{ stack, files, size, core, processes, cpu uint64 }

func (h *hardLimits) read() error {
	for resource, hard := range map[int]*uint64{
		unix.RLIMIT_STACK: &h.stack, unix.RLIMIT_NOFILE: &h.files, unix.RLIMIT_FSIZE: &h.size, unix.RLIMIT_CORE: &h.core,
		unix.RLIMIT_NPROC: &h.processes, unix.RLIMIT_CPU: &h.cpu,
	} {
		var r unix.Rlimit
		if err := unix.Getrlimit(resource, &r); err != nil {
			return os.NewSyscallError("getrlimit", err)
		}
		*hard = r.Max
	}
	return nil
}

// resources turns limits into resource limits, soft and hard alike, so that a program cannot lift them.
// Address space is not among them: managed runtimes reserve far more than they use.
func (h *hardLimits) resources(l *Limits) [4]forkexec.RLimit {
	stack := firstOf(l.Stack, l.Memory, defaultStack)
	files := firstOf(Bytes(l.OpenFiles), defaultOpenFiles)
	size := firstOf(l.FileSize, defaultFileSize)
	if l.countsFiles() && l.FileSize == 0 {
		size = l.Output + 1
	}
	limit := func(resource int, value Bytes, hard uint64) forkexec.RLimit {
		v := min(uint64(value), hard)
		return forkexec.RLimit{Resource: resource, Soft: v, Hard: v}
	}
	return [...]forkexec.RLimit{
		limit(unix.RLIMIT_STACK, stack, h.stack),
		limit(unix.RLIMIT_NOFILE, files, h.files),
		limit(unix.RLIMIT_FSIZE, size, h.size),
		// 1, not 0: with 0 the kernel still feeds a core_pattern that is a pipe, with 1 it does not (core(5)).
		limit(unix.RLIMIT_CORE, 1, h.core),
	}
}

// instead returns limits in place of those of a control group. The kernel counts the processes of a user for
// each user namespace apart (since Linux 5.14). CPU time is counted for each process apart, in seconds: that is
// for the case that the worker does not look in time.
func (h *hardLimits) instead(l *Limits) []forkexec.RLimit {
	limit := func(resource int, value, hard uint64) forkexec.RLimit {
		v := min(value, hard)
		return forkexec.RLimit{Resource: resource, Soft: v, Hard: v}
	}
	limits := []forkexec.RLimit{limit(unix.RLIMIT_NPROC, uint64(l.pids()), h.processes)}
	if l.CPU > 0 {
		limits = append(limits, limit(unix.RLIMIT_CPU, uint64(l.CPU/time.Second)+2, h.cpu))
	}
	return limits
}

// firstOf returns the first that is not zero.
func firstOf(values ...Bytes) Bytes {
	for _, v := range values {
		if v != 0 {
			return v
		}
	}
	return 0
}
