package doctor

import (
	"fmt"
	"strings"

	"github.com/gaveloj/gavel/sandbox"
	"github.com/gaveloj/gavel/sandbox/cgroup"
)

// Descriptors that the worker should be able to open: for itself, and for each slot the socket, pipes, control
// group files and the files of a run. Programs are promised programFiles (sandbox.Limits.OpenFiles).
const (
	workerFiles  = 512
	slotFiles    = 64
	programFiles = 1024
)

// checkCoreDumps reports whether the core of a program that crashes can reach a program of the host. Programs
// have a core limit of 1, with which the kernel feeds no pipe; it cannot be had under a hard limit of 0 (core(5)).
func checkCoreDumps(h host) finding {
	const check = "core dumps"
	pattern, err := h.text("/proc/sys/kernel/core_pattern")
	if err != nil {
		return unknown(check, err)
	}
	receiver, piped := strings.CutPrefix(pattern, "|")
	receiver, _, _ = strings.Cut(strings.TrimSpace(receiver), " ")
	switch {
	case !piped:
		return pass(check, "programs write none")
	case h.coreDump == 0:
		return warn(check, "each crash starts "+receiver+" on the host, for the worker's hard core limit is 0",
			"start the worker with a hard limit of 1 or more (ulimit -Hc unlimited, LimitCORE=infinity, docker --ulimit core=-1), or sysctl -w kernel.core_pattern=core")
	}
	return pass(check, "the host gives them to "+receiver+"; those of programs are kept from it by their limit")
}

// checkOpenFiles reports whether the worker may open enough descriptors.
func checkOpenFiles(h host) finding {
	const check = "open files"
	need := uint64(max(programFiles, workerFiles+slotFiles*h.slots))
	if h.openFiles < need {
		return warn(check, fmt.Sprintf("at most %d, where %d slots want %d", h.openFiles, h.slots, need),
			"raise the hard limit: ulimit -Hn 65536, LimitNOFILE=65536 with systemd, docker --ulimit nofile=65536")
	}
	if h.openFiles == unlimited {
		return pass(check, "unlimited")
	}
	return pass(check, fmt.Sprintf("up to %d", h.openFiles))
}

// checkStack reports whether a program's stack can be as large as its memory limit. None can be larger than the
// worker's hard limit.
func checkStack(h host) finding {
	const check = "stack"
	if h.stack == unlimited {
		return pass(check, "as large as the memory limit")
	}
	info, err := h.text("/proc/meminfo")
	if total := cgroup.Meminfo(info, "MemTotal"); err == nil && total > 0 && h.stack >= uint64(total) {
		return pass(check, "as large as the memory limit")
	}
	return warn(check, fmt.Sprintf("at most %d MiB, whatever the memory limit: deep recursion crashes earlier", h.stack/uint64(sandbox.MiB)),
		"raise the hard limit: ulimit -Hs unlimited, LimitSTACK=infinity with systemd, docker --ulimit stack=-1")
}
