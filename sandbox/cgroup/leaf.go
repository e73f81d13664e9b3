package cgroup

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// leaf is the group that programs run in, with its files open.
type leaf struct {
	dirs      []string // one per hierarchy that has leaves
	version   int
	limits    [knobCount]*file // nil where the host has none
	cpu       *file
	parseCPU  func(string) (time.Duration, error)
	peak      *file
	charged   *file
	oom       *file
	stalled   *file // nil where the kernel does not tell it
	entry     Entry
	inForce   Limits
	pidsKnown atomic.Bool // false after Kill, which sets pids.max to 0
	used      bool        // a run was started in it
	peakReset bool

	cpuBefore     time.Duration
	stalledBefore time.Duration
	oomBefore     oomCounts
	oomKnown      bool // oomBefore is what it is now
}

// oomCounts only grow.
type oomCounts struct {
	kills int64 // processes of the group, wherever memory ran out
	own   int64 // how often the group's own limit left none; version 2 alone tells it
}

// errStillCharged is returned when the kernel refuses to lower the memory limit below what is in use.
var errStillCharged = errors.New("memory still in use")

// newLeaf makes a leaf of that name in the group at dirs, in every hierarchy that needs one.
func newLeaf(h *Host, dirs []string, name string) (*leaf, error) {
	l := &leaf{version: h.version, peakReset: h.features.PeakReset}
	l.pidsKnown.Store(true)
	for i, hi := range h.hierarchies {
		if hi.placesOnly() {
			continue
		}
		dir := filepath.Join(dirs[i], name)
		l.dirs = append(l.dirs, dir)
		err := h.makeLeaf(hi, dir)
		if err == nil {
			err = l.open(h, hi, dir)
		}
		if err != nil {
			return nil, errors.Join(err, l.close(), destroy(l.dirs))
		}
	}
	return l, nil
}

// open opens what is used of dir during a run.
func (l *leaf) open(h *Host, hi hierarchy, dir string) error {
	d := controlFilesOf(h.version)
	l.parseCPU = d.parseCPU
	opens := []struct {
		at       **file
		name     string
		flags    int
		wanted   bool
		optional bool
	}{
		{&l.limits[knobMemory], d.limits[knobMemory], unix.O_WRONLY, hi.has(ctlMemory), false},
		{&l.limits[knobSwap], d.limits[knobSwap], unix.O_WRONLY, hi.has(ctlMemory), true},
		{&l.limits[knobPids], d.limits[knobPids], unix.O_WRONLY, hi.has(ctlPids), false},
		{&l.peak, d.peak, unix.O_RDWR, hi.has(ctlMemory), false},
		{&l.charged, d.charged, unix.O_RDONLY, hi.has(ctlMemory), false},
		{&l.oom, d.oom, unix.O_RDONLY, hi.has(ctlMemory), false},
		{&l.cpu, d.cpu, unix.O_RDONLY, hi.has(ctlCpuacct), false},
	}
	for _, o := range opens {
		if !o.wanted || o.optional && !exists(dir, o.name) {
			continue
		}
		f, err := openFile(filepath.Join(dir, o.name), o.flags)
		if errors.Is(err, os.ErrPermission) && o.flags == unix.O_RDWR {
			f, err = openFile(filepath.Join(dir, o.name), unix.O_RDONLY) // a peak without reset
		}
		if err != nil {
			return err
		}
		*o.at = f
	}
	if d.stalled != "" {
		l.openStalled(filepath.Join(dir, d.stalled))
	}
	return l.openEntry(dir)
}

// openStalled opens the file of stalled times, which kernels are often built or started without, and then it cannot be read.
func (l *leaf) openStalled(name string) {
	f, err := openFile(name, unix.O_RDONLY)
	if err != nil {
		return
	}
	if _, err = parsed(f, parseStalled); err != nil {
		_ = f.Close() // opened for reading
		return
	}
	l.stalled = f
}

// openEntry opens what the child needs to get in.
func (l *leaf) openEntry(dir string) error {
	if l.version == 1 {
		f, err := openFile(filepath.Join(dir, "tasks"), unix.O_WRONLY)
		if err == nil {
			l.entry.Tasks = append(l.entry.Tasks, f.File)
		}
		return err
	}
	f, err := openFile(dir, unix.O_RDONLY|unix.O_DIRECTORY)
	if err == nil {
		l.entry.Dir = f.File
	}
	return err
}

// close closes the files. The directories stay.
func (l *leaf) close() error {
	var errs []error
	for _, f := range append(l.limits[:], l.cpu, l.peak, l.charged, l.oom, l.stalled) {
		if f != nil {
			errs = append(errs, f.Close())
		}
	}
	for _, f := range l.entry.Tasks {
		errs = append(errs, f.Close())
	}
	if l.entry.Dir != nil {
		errs = append(errs, l.entry.Dir.Close())
	}
	return errors.Join(errs...)
}

// start brings the limits into force and takes the state before the run.
func (l *leaf) start(want Limits) error {
	l.used = true
	if err := l.limit(want); err != nil {
		return err
	}
	if l.peakReset {
		if err := l.peak.write("0"); err != nil {
			return err
		}
	}
	var err error
	// What Usage last saw still stands: only a process in the group can be killed for memory.
	if !l.oomKnown {
		if l.oomBefore, err = l.oomCounts(); err != nil {
			return err
		}
	}
	l.oomKnown = false
	if l.stalled != nil {
		if l.stalledBefore, err = parsed(l.stalled, parseStalled); err != nil {
			return err
		}
	}
	// Read again: the last process of the run before was still being taken down when Usage looked.
	l.cpuBefore, err = parsed(l.cpu, l.parseCPU)
	return err
}

// limit writes the limits that differ from those in force.
func (l *leaf) limit(want Limits) error {
	if want == l.inForce && l.pidsKnown.Load() {
		return nil
	}
	from := l.inForce
	if !l.pidsKnown.Load() {
		from.Pids = -1 // unlike any wanted one
	}
	for _, s := range limitWrites(from, want, l.version, l.limits[knobSwap] != nil) {
		if err := l.set(s); err != nil {
			l.inForce = Limits{-1, -1} // some are written and some are not: next time, all
			return err
		}
	}
	l.inForce = want
	l.pidsKnown.Store(true)
	return nil
}

// set writes one limit. The kernel first gives back page cache to get below a lower memory limit, and then
// says EBUSY (version 1) if that was not enough.
func (l *leaf) set(s setting) error {
	err := l.limits[s.knob].write(s.value)
	if errors.Is(err, unix.EBUSY) {
		return fmt.Errorf("%w: %w", errStillCharged, err)
	}
	return err
}

func (l *leaf) cpuTime() (time.Duration, error) {
	now, err := parsed(l.cpu, l.parseCPU)
	return now - l.cpuBefore, err
}

// stalledTime is how long no task of the run had a core while one was ready, since the start; false where the kernel does not
// tell.
func (l *leaf) stalledTime() (time.Duration, bool) {
	if l.stalled == nil {
		return 0, false
	}
	now, err := parsed(l.stalled, parseStalled)
	return now - l.stalledBefore, err == nil
}

func (l *leaf) usage() (Usage, error) {
	var u Usage
	var err error
	if u.CPU, err = l.cpuTime(); err != nil {
		return u, err
	}
	if u.PeakBytes, err = parsed(l.peak, parseBytes); err != nil {
		return u, err
	}
	oom, err := l.oomCounts()
	if err != nil {
		return u, err
	}
	if kills := int(oom.kills - l.oomBefore.kills); l.reached(oom, u.PeakBytes) {
		u.OOMKills = kills
	} else {
		u.HostOOMKills = kills
	}
	l.oomBefore, l.oomKnown = oom, true
	return u, nil
}

func (l *leaf) oomCounts() (oomCounts, error) {
	return parsed(l.oom, func(text string) (c oomCounts, err error) {
		if c.kills, err = parseOOMKills(text); err == nil && l.version == 2 {
			c.own, err = parseOOMs(text)
		}
		return c, err
	})
}

// largestCharge is the most that the kernel takes at once and kills for when there is no room: 8 pages. For what is larger
// it has another way.
const largestCharge = 8 * 4096

// reached reports whether a run came to its memory limit. now is what is counted after it. Version 1 has a counter as well,
// memory.failcnt, but kernels since 6.13 forget what the limit of memory and swap together refuses.
func (l *leaf) reached(now oomCounts, peak int64) bool {
	switch {
	case l.version == 2:
		return now.own > l.oomBefore.own
	case !l.peakReset:
		return true // the peak may be that of an earlier run
	}
	return l.inForce.MemoryBytes > 0 && peak > l.inForce.MemoryBytes-largestCharge
}

// features looks at what the files of a leaf can do.
func (l *leaf) features(h *Host) Features {
	top := l.dirs[0]
	return Features{
		Cpuset:    h.cpuset() != nil,
		SwapLimit: l.limits[knobSwap] != nil,
		PeakReset: l.peak.write("0") == nil,
		KillFile:  exists(top, "cgroup.kill"),
		OOMGroup:  exists(top, "memory.oom.group"),
	}
}

// makeLeaf makes a group that programs run in. Out of memory ends all of them, where the kernel can do so.
func (h *Host) makeLeaf(hi hierarchy, dir string) error {
	if err := h.makeDir(hi, dir); err != nil || h.version == 1 {
		return err
	}
	if err := writeOnce(dir, "memory.oom.group", "1"); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// denySwap keeps a group, and all that will be made in it, from swapping. The files are missing in other
// hierarchies, and where the kernel has no swap.
func denySwap(dir string) error {
	for _, name := range []string{"memory.swappiness", "memory.swap.max", "memory.zswap.max"} {
		if err := writeOnce(dir, name, "0"); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("deny swap: %w", err)
		}
	}
	return nil
}

// remove removes a leaf that should be empty, and what is in it if it is not.
func (l *leaf) remove() error {
	for _, dir := range l.dirs {
		if unix.Rmdir(dir) != nil {
			return destroy(l.dirs)
		}
	}
	return nil
}
