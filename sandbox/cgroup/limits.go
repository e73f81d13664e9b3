package cgroup

import "strconv"

// Limits bound one run. Zero means no limit.
type Limits struct {
	MemoryBytes int64 // page cache, tmpfs files and kernel memory included; there is no swap on top of it
	Pids        int   // processes and threads at any moment
}

// knob is a limit file of a leaf.
type knob int

const (
	knobMemory knob = iota
	knobSwap        // version 1: memory and swap together
	knobPids
	knobCount
)

// setting is one value to be written.
type setting struct {
	knob  knob
	value string
}

// limitWrites lists the writes, in order, that change the limits in force to the wanted ones. On
// version 1 (swapTotal), memory+swap may never stand below memory, not even for an instant, or the kernel
// refuses with EINVAL: so it goes first on the way up and last on the way down.
// (kernel: Documentation/admin-guide/cgroup-v1/memory.rst, 2.4.)
func limitWrites(from, to Limits, version int, swapTotal bool) []setting {
	var settings []setting
	if from.MemoryBytes != to.MemoryBytes {
		memory := setting{knobMemory, limitText(to.MemoryBytes, version)}
		swap := setting{knobSwap, memory.value}
		switch {
		case version != 1 || !swapTotal:
			settings = append(settings, memory)
		case raises(from.MemoryBytes, to.MemoryBytes):
			settings = append(settings, swap, memory)
		default:
			settings = append(settings, memory, swap)
		}
	}
	if from.Pids != to.Pids {
		settings = append(settings, setting{knobPids, limitText(int64(to.Pids), 2)})
	}
	return settings
}

// raises reports whether to allows more than from; 0 is no limit.
func raises(from, to int64) bool { return to == 0 || (from != 0 && to > from) }

// limitText writes a limit; pids.max says "max" on both versions, the memory files of version 1 say -1.
func limitText(limit int64, version int) string {
	switch {
	case limit != 0:
		return strconv.FormatInt(limit, 10)
	case version == 1:
		return "-1"
	}
	return "max"
}
