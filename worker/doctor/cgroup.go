package doctor

import (
	"fmt"
	"slices"
	"strings"
)

// checkControllers tells which controllers of control groups the kernel offers, of version 1 and 2 together.
func checkControllers(h host) finding {
	const check = "controllers"
	found, err := h.controllers()
	if err != nil {
		return unknown(check, err)
	}
	var musts []string
	for _, name := range []string{"memory", "pids"} {
		if !slices.Contains(found, name) {
			musts = append(musts, name)
		}
	}
	switch {
	case len(musts) > 0 && h.uid == 0:
		return fail(check, fmt.Errorf("the kernel offers no %s", strings.Join(musts, ", ")),
			"boot without cgroup_disable=NAME (and with cgroup_enable=memory where the kernel knows it), or use a kernel built with them")
	case len(musts) > 0:
		return warn(check, "no "+strings.Join(musts, ", "), "let systemd delegate them to the user: Delegate=yes for user@.service")
	case !slices.Contains(found, "cpuset"):
		return warn(check, strings.Join(found, ", ")+"; no cpuset, so a program can leave its core", "enable cpuset, or do without --pin")
	}
	return pass(check, strings.Join(found, ", "))
}

// controllers of those that Gavel uses which the kernel offers. Newer kernels leave those of version 2 out of /proc/cgroups.
func (h host) controllers() ([]string, error) {
	one, oneErr := h.text("/proc/cgroups")
	two, twoErr := h.text("/sys/fs/cgroup/cgroup.controllers")
	if oneErr != nil && twoErr != nil {
		return nil, oneErr
	}
	offered := strings.Fields(two)
	for line := range strings.Lines(one) {
		fields := strings.Fields(line)
		if len(fields) == 4 && fields[3] == "1" {
			offered = append(offered, fields[0])
		}
	}
	var found []string
	for _, name := range []string{"memory", "pids", "cpuset", "cpuacct"} {
		if slices.Contains(offered, name) {
			found = append(found, name)
		}
	}
	return found, nil
}
