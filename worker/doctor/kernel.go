package doctor

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
)

// checkSeccompFilters reports whether the kernel has the filters that programs run behind.
func checkSeccompFilters(files fs.FS, library string) finding {
	const check = "seccomp"
	actions, err := fs.ReadFile(files, "proc/sys/kernel/seccomp/actions_avail")
	switch {
	case err != nil && !absent(err):
		return unknown(check, err)
	case err != nil:
		return fail(check, errors.New("the kernel has no seccomp filters"), "use a kernel with CONFIG_SECCOMP_FILTER=y")
	case !slices.Contains(strings.Fields(string(actions)), "kill_process"):
		return fail(check, errors.New("the kernel cannot end a whole process by a filter"), "use Linux 4.14 or later")
	}
	return pass(check, "libseccomp "+library)
}

// checkRandomisation reports whether address spaces are laid out at random.
func checkRandomisation(h host) finding {
	const check = "address space"
	level, err := h.number("/proc/sys/kernel/randomize_va_space")
	switch {
	case err != nil:
		return unknown(check, err)
	case level == 2:
		return pass(check, "laid out at random")
	case level == 1:
		return warn(check, "laid out at random but for the heap", "sysctl -w kernel.randomize_va_space=2")
	}
	return warn(check, "not laid out at random: whoever attacks the worker knows its addresses", "sysctl -w kernel.randomize_va_space=2")
}
