package cgroup

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
)

// The controllers that Gavel uses, by their kernel names. On version 2, CPU accounting needs none.
const (
	ctlMemory  = "memory"
	ctlPids    = "pids"
	ctlCpuset  = "cpuset"
	ctlCpuacct = "cpuacct"
)

// ErrUnavailable matches the error of Probe when this host lacks something that Gavel cannot do without.
// Its text has the remedy.
var ErrUnavailable = errors.New("control groups unavailable")

// hierarchy is one tree of groups: the only one on version 2, one per mount on version 1.
type hierarchy struct {
	base        string // directory of our own control group in it
	controllers []string
}

func (h hierarchy) has(controller string) bool { return slices.Contains(h.controllers, controller) }

// placesOnly reports whether the hierarchy has the cpuset controller alone. Programs get there by
// being children of the container server, so it needs no leaves and no entry.
func (h hierarchy) placesOnly() bool { return len(h.controllers) == 1 && h.has(ctlCpuset) }

// Features is what this host can do besides what is required: limit and peak of memory, limit of pids, and
// CPU accounting.
type Features struct {
	Cpuset    bool // containers can be held on cores; else NewGroup refuses a list of them
	SwapLimit bool // swap can be denied; else the programs may swap when the host does
	PeakReset bool // one leaf serves every run; else each run gets a fresh one
	KillFile  bool // cgroup.kill: the kernel kills a group in one step
	OOMGroup  bool // out of memory kills the whole group at once
}

// Host is what control groups this host offers to this process. It does not change after Probe.
type Host struct {
	version     int
	hierarchies []hierarchy // the one with ctlCpuacct comes last; the first bears the lock that decides
	features    Features
	ownTree     int  // version 2: the tree that this process is in, or -1
	private     bool // version 2: our own group is the top of a control group namespace, all in it are ours
}

// Version is 1 or 2.
func (h *Host) Version() int { return h.version }

// Features returns what the host can do.
func (h *Host) Features() Features { return h.features }

// Probe finds the control groups of this process and tries them out in a group of its own, which is gone
// when it returns. The error matches ErrUnavailable when the host must be mended first.
func Probe() (*Host, error) {
	members, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return nil, fmt.Errorf("find own control group: %w", err)
	}
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return nil, fmt.Errorf("find control group mounts: %w", err)
	}
	all, err := parseMemberships(string(members))
	if err != nil {
		return nil, fmt.Errorf("parse /proc/self/cgroup: %w", err)
	}
	h, err := choose(parseMounts(string(mounts)), all)
	if err != nil {
		return nil, err
	}
	return h, h.try()
}

// choose picks the version that provides the memory controller. A hybrid host mounts both, with most often nothing
// useful in version 2.
func choose(mounts []mount, all []membership) (*Host, error) {
	one := versionOne(mounts, all)
	if slices.ContainsFunc(one, func(h hierarchy) bool { return h.has(ctlMemory) }) {
		return &Host{version: 1, hierarchies: one, ownTree: -1}, lacking(one)
	}
	for _, m := range mounts {
		path, ok := groupOf(m, all)
		if !ok || m.version != 2 {
			continue
		}
		if m.foreign() {
			return nil, unavailable(m.point + " shows groups outside of the control group namespace of this " +
				"process; mount its own there with: mount -t cgroup2 none " + m.point)
		}
		return versionTwo(m, path)
	}
	return nil, unavailable("no hierarchy with the memory controller is mounted; " +
		"mount one with: mount -t cgroup2 none /sys/fs/cgroup")
}

// versionOne gathers the version 1 hierarchies that carry what we use. Controllers may be mounted alone or
// together (cpu,cpuacct), and one mount may show twice.
func versionOne(mounts []mount, all []membership) []hierarchy {
	var found []hierarchy
	at := map[string]int{} // index in found, by base
	for _, controller := range []string{ctlMemory, ctlPids, ctlCpuset, ctlCpuacct} {
		for _, m := range mounts {
			path, ok := groupOf(m, all)
			if !ok || m.version != 1 || !slices.Contains(m.options, controller) {
				continue
			}
			base := visible(m, path)
			if i, ok := at[base]; ok {
				found[i].controllers = append(found[i].controllers, controller)
			} else {
				at[base] = len(found)
				found = append(found, hierarchy{base: base, controllers: []string{controller}})
			}
			break
		}
	}
	slices.SortStableFunc(found, func(a, b hierarchy) int { return rank(a) - rank(b) })
	return found
}

// rank sorts CPU accounting last: what a child does before it enters there is not billed to the program.
func rank(h hierarchy) int {
	if h.has(ctlCpuacct) {
		return 1
	}
	return 0
}

// visible is locate, but falls back to the mount point where the directory does not exist: a container with
// the host's path in /proc/self/cgroup and a mount that shows only its own part.
func visible(m mount, path string) string {
	if dir := locate(m, path); exists(dir, "cgroup.procs") {
		return dir
	}
	return m.point
}

// lacking returns an error that names the required controllers of version 1 that are not mounted.
func lacking(found []hierarchy) error {
	var missing []string
	for _, controller := range []string{ctlMemory, ctlPids, ctlCpuacct} {
		if !slices.ContainsFunc(found, func(h hierarchy) bool { return h.has(controller) }) {
			missing = append(missing, controller)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return unavailable("version 1 is in use here, but the controllers " + strings.Join(missing, ", ") +
		" are not mounted; mount each with: mount -t cgroup -o NAME none /sys/fs/cgroup/NAME")
}

// try creates a tree and a group as for a container, and checks which files they have.
func (h *Host) try() error {
	t, err := h.newTree()
	if err != nil {
		return err
	}
	g, err := t.NewGroup("probe", nil)
	if err == nil {
		if err = g.open(); err == nil {
			h.features = g.run.features(h)
		}
		err = errors.Join(err, g.Remove())
	}
	return errors.Join(err, t.Close())
}

func unavailable(why string) error { return fmt.Errorf("%w: %s", ErrUnavailable, why) }
