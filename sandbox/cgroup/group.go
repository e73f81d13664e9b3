package cgroup

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Group is the control group of one container. The zero value is of no use; see Tree.NewGroup.
type Group struct {
	host   *Host
	dirs   []string // by hierarchy of host; "" where the group has no part
	server []string // the leaf of the container server, likewise
	run    *leaf
	serial int // names fresh leaves
	owner  *owner
}

// owner is whom a group was delegated to.
type owner struct{ uid, gid int }

// Entry is how the program gets into its group. Exactly one of Tasks and Dir is set.
type Entry struct {
	// Tasks are files of version 1. The child writes "0" into each, in this order: CPU accounting comes last,
	// so that the program is not billed for what the child does before. Owned by the Group, open until the
	// generation changes.
	Tasks []*os.File
	// Dir is the group's directory on version 2, for clone3 with CLONE_INTO_CGROUP. Owned likewise.
	Dir *os.File
	// Generation differs from that of the last Start exactly when the files do. It is never 0.
	Generation uint64
}

// Usage is what a run has used.
type Usage struct {
	CPU       time.Duration // user and system time of all its processes
	PeakBytes int64         // highest memory use, exact to 0.2 - 1 MiB; a few pages over the limit at most
	OOMKills  int           // kills because the memory limit was reached; one with threads can count twice
	// HostOOMKills are the kills of a run that did not reach its limit: the host, or a group above, had no memory left.
	HostOOMKills int
}

// NewGroup makes the group of one container. name is a single path element, unique in the tree. cpus are the
// cores that the container is held on; none means wherever the worker may run.
func (t *Tree) NewGroup(name string, cpus []int) (*Group, error) {
	if name == "" || name == "." || name == ".." || strings.ContainsAny(name, "/\n") {
		return nil, fmt.Errorf("make control group: %q is not a name for a directory", name)
	}
	if len(cpus) > 0 && t.host.cpuset() == nil {
		return nil, unavailable("cores are to be pinned, but there is no cpuset controller; " +
			"switch pinning off, or mount or delegate the controller")
	}
	g := &Group{host: t.host}
	if err := g.make(t, name, cpus); err != nil {
		return nil, errors.Join(fmt.Errorf("make control group %s: %w", name, err), g.Remove())
	}
	return g, nil
}

// make makes the directories.
func (g *Group) make(t *Tree, name string, cpus []int) error {
	for i, hi := range g.host.hierarchies {
		dir, server := filepath.Join(t.dirs[i], name), ""
		switch {
		case hi.placesOnly() && len(cpus) == 0:
			dir = ""
		case hi.placesOnly():
			server = dir
		default:
			server = filepath.Join(dir, "server")
		}
		g.dirs, g.server = append(g.dirs, dir), append(g.server, server)
		if dir == "" {
			continue
		}
		if err := g.host.makeDir(hi, dir); err != nil {
			return err
		}
		if err := denySwap(dir); err != nil {
			return err
		}
		if hi.has(ctlCpuset) && len(cpus) > 0 {
			if err := writeOnce(dir, "cpuset.cpus", cpuList(cpus)); err != nil {
				return err
			}
		}
		if server != dir {
			if err := g.host.makeDir(hi, server); err != nil {
				return err
			}
		}
	}
	if g.host.version == 2 {
		return nil // see startInGroup
	}
	return g.open()
}

// open makes the group ready for programs, unless it is. On version 2 nobody can be in it any more.
func (g *Group) open() error {
	if g.run != nil {
		return nil
	}
	if g.host.version == 2 {
		if err := g.host.enable(g.dirs[0]); err != nil {
			return err
		}
	}
	return g.freshRun()
}

// freshRun replaces the leaf of the program by a new one.
func (g *Group) freshRun() error {
	g.serial++
	name := "run"
	if g.serial > 1 {
		name = "run-" + strconv.Itoa(g.serial)
	}
	fresh, err := newLeaf(g.host, g.dirs, name)
	if err != nil {
		return err
	}
	old := g.run
	g.run = fresh
	g.run.entry.Generation = uint64(g.serial)
	if g.owner != nil {
		err = g.chownProcs(fresh.dirs[0])
	}
	if old == nil {
		return err
	}
	return errors.Join(err, old.close(), old.remove())
}

// Delegate lets a container server that runs as uid and gid, as this process sees them, place programs in the
// group. Version 2 needs it when that is not root: clone3 checks the right to write cgroup.procs of the leaf
// and of the group above it. Nothing else of the group can be changed by it. On version 1 it does nothing.
func (g *Group) Delegate(uid, gid int) error {
	if g.host.version == 1 {
		return nil
	}
	if err := g.open(); err != nil {
		return err
	}
	g.owner = &owner{uid, gid}
	return errors.Join(g.chownProcs(g.dirs[0]), g.chownProcs(g.run.dirs[0]))
}

func (g *Group) chownProcs(dir string) error {
	if err := os.Chown(filepath.Join(dir, "cgroup.procs"), g.owner.uid, g.owner.gid); err != nil {
		return fmt.Errorf("delegate control group: %w", err)
	}
	return nil
}

// maxCarriedOver is how much memory of earlier runs may stay charged to a leaf. The kernel charges in batches, so
// some always stays; what is above it is page cache that an earlier run was the first to touch, such as a
// whole compiler, and would show up in the peak of every later one.
const maxCarriedOver = 1 << 20

// Prepare makes a fresh leaf where the next run needs one: when the peak cannot be reset, or when too much of
// the runs before is still charged. For after a run, when nobody waits. What Usage knew of that run is gone
// then.
func (g *Group) Prepare() error {
	if !g.run.used {
		return nil
	}
	held, err := parsed(g.run.charged, parseBytes)
	if err == nil && (held > maxCarriedOver || !g.host.features.PeakReset) {
		err = g.freshRun()
	}
	if err != nil {
		return fmt.Errorf("prepare control group: %w", err)
	}
	return nil
}

// addServer puts the container server into its leaf, and on its cores. Not for the run path: see the package
// comment.
func (g *Group) addServer(pid int) error {
	for _, dir := range g.server {
		if dir == "" {
			continue
		}
		if err := writeOnce(dir, "cgroup.procs", strconv.Itoa(pid)); err != nil {
			return fmt.Errorf("move container server %d: %w", pid, err)
		}
	}
	return nil
}

// Start makes the group ready for a run: limits, peak and counters. Nothing may run in it now.
func (g *Group) Start(l Limits) (Entry, error) {
	if l.MemoryBytes < 0 || l.Pids < 0 {
		return Entry{}, fmt.Errorf("prepare control group: negative limit in %+v", l)
	}
	if err := g.open(); err != nil {
		return Entry{}, fmt.Errorf("prepare control group: %w", err)
	}
	if err := g.Prepare(); err != nil {
		return Entry{}, err
	}
	err := g.run.start(l)
	if errors.Is(err, errStillCharged) {
		// The limit is below what the last run's files still hold. They stay charged to the old leaf.
		if err = g.freshRun(); err == nil {
			err = g.run.start(l)
		}
	}
	if err != nil {
		return Entry{}, fmt.Errorf("prepare control group: %w", err)
	}
	return g.run.entry, nil
}

// CPU is the CPU time used since Start. The kernel adds the time of a running thread at every scheduler
// tick, so it may be up to 4 ms (at 250 Hz) behind.
func (g *Group) CPU() (time.Duration, error) { return g.run.cpuTime() }

// Stalled is for how long a task of the run has been ready and none has had a core, since Start; on several cores, the mean of
// them. It is false where the kernel does not tell, as with version 1.
func (g *Group) Stalled() (time.Duration, bool) { return g.run.stalledTime() }

// Usage is what was used since Start. It is asked for once, when the run is over.
func (g *Group) Usage() (Usage, error) { return g.run.usage() }

// Kill kills every process of the run and waits until none is left, at most 10 s. The container server is
// not touched. The next Start sets things right again.
func (g *Group) Kill() error {
	g.run.pidsKnown.Store(false)
	return killAll(g.run.dirs)
}

// Populated reports whether a process of the run is alive.
func (g *Group) Populated() (bool, error) {
	members, err := membersOf(g.run.dirs[:1])
	return len(members) > 0, err
}

// Remove kills everything in the group, the container server too, and removes it. It can be called twice.
func (g *Group) Remove() error {
	var tops []string
	for _, dir := range g.dirs {
		if dir != "" {
			tops = append(tops, dir)
		}
	}
	err := destroy(tops)
	if g.run != nil {
		err = errors.Join(err, g.run.close())
		g.run = nil
	}
	return err
}

// cpuList writes cores as the kernel reads them.
func cpuList(cpus []int) string {
	words := make([]string, len(cpus))
	for i, cpu := range cpus {
		words[i] = strconv.Itoa(cpu)
	}
	return strings.Join(words, ",")
}
