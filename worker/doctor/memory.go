package doctor

import (
	"errors"
	"fmt"
	"strings"

	"github.com/gaveloj/gavel/sandbox"
	"github.com/gaveloj/gavel/sandbox/cgroup"
	"github.com/gaveloj/gavel/worker/judging"
	"github.com/gaveloj/gavel/worker/terminal"
)

// checkSwap reports whether programs can swap. One that does is slow, and its peak is smaller than what it uses.
func checkSwap(h host) finding {
	const check = "swap"
	text, err := h.text("/proc/swaps")
	if err != nil && !absent(err) {
		return unknown(check, err)
	}
	used := strings.Count(text, "\n") // the first line is a heading
	switch {
	case used == 0:
		return pass(check, "off")
	case h.groups == nil:
		return warn(check, "on, and unknown whether programs can be kept from it, for want of control groups", "mend control groups, or swapoff -a")
	case !h.groups.SwapLimit:
		return warn(check, "on, and programs can use it: the kernel does not count it per control group",
			"boot with swapaccount=1, or swapoff -a")
	}
	return pass(check, "on; programs cannot use it")
}

// checkMemory reports whether there is memory for so many programs at once.
func checkMemory(h host) finding {
	const check = "memory"
	info, err := h.text("/proc/meminfo")
	if err != nil {
		return unknown(check, err)
	}
	total, available := sandbox.Bytes(cgroup.Meminfo(info, "MemTotal")), sandbox.Bytes(cgroup.Meminfo(info, "MemAvailable"))
	if total == 0 {
		return unknown(check, errors.New("/proc/meminfo tells no MemTotal"))
	}
	detail := fmt.Sprintf("%s, %s of it free, for %s at once", gibibytes(total), gibibytes(available), terminal.Plural(h.slots, "program"))
	if available < sandbox.Bytes(h.slots)*judging.MemoryPerSlot {
		return warn(check, detail, fmt.Sprintf("use --slots %d, or add memory; each slot should find %d MiB",
			max(1, int(available/judging.MemoryPerSlot)), judging.MemoryPerSlot/sandbox.MiB))
	}
	return pass(check, detail)
}

func gibibytes(b sandbox.Bytes) string {
	return fmt.Sprintf("%.1f GiB", float64(b)/float64(sandbox.GiB))
}

// checkHugePages reports whether the kernel hands out huge pages unasked, which makes peaks of memory vary.
func checkHugePages(h host) finding {
	const check, file = "huge pages", "/sys/kernel/mm/transparent_hugepage/enabled"
	text, err := h.text(file)
	switch {
	case err != nil && absent(err):
		return pass(check, "none in this kernel")
	case err != nil:
		return unknown(check, err)
	case strings.Contains(text, "[always]"):
		return warn(check, "always: peaks of memory vary from run to run", "echo madvise > "+file)
	case strings.Contains(text, "[madvise]"):
		return pass(check, "only for programs that ask")
	case strings.Contains(text, "[never]"):
		return pass(check, "never")
	}
	return unknown(check, fmt.Errorf("%s says %q", file, text))
}
