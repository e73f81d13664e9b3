package sandbox

import (
	"os"

	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/sandbox/container"
)

// Defaults of Limits.
const (
	defaultStack     = 64 * MiB
	defaultOpenFiles = 1024
	defaultFileSize  = 256 * MiB
)

// hardLimits are the worker's own, which a program's can never exceed: raising one takes a privilege that no
// container has.
type hardLimits struct{ stack, files, size, core uint64 }

func (h *hardLimits) read() error {
	for resource, hard := range map[int]*uint64{
		unix.RLIMIT_STACK: &h.stack, unix.RLIMIT_NOFILE: &h.files, unix.RLIMIT_FSIZE: &h.size, unix.RLIMIT_CORE: &h.core,
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
func (h *hardLimits) resources(l *Limits) [4]container.RLimit {
	stack := firstOf(l.Stack, l.Memory, defaultStack)
	files := firstOf(Bytes(l.OpenFiles), defaultOpenFiles)
	size := firstOf(l.FileSize, defaultFileSize)
	limit := func(resource int, value Bytes, hard uint64) container.RLimit {
		v := min(uint64(value), hard)
		return container.RLimit{Resource: resource, Soft: v, Hard: v}
	}
	return [...]container.RLimit{
		limit(unix.RLIMIT_STACK, stack, h.stack),
		limit(unix.RLIMIT_NOFILE, files, h.files),
		limit(unix.RLIMIT_FSIZE, size, h.size),
		// 1, not 0: with 0 the kernel still feeds a core_pattern that is a pipe, with 1 it does not (core(5)).
		limit(unix.RLIMIT_CORE, 1, h.core),
	}
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
