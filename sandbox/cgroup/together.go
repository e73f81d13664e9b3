package cgroup

import (
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// MemoryCapacity is how many bytes of memory there are for this process and its children at the most: those of the host, or
// the least limit of the control group of this process and of those above it that can be seen.
func MemoryCapacity() (int64, error) {
	var host unix.Sysinfo_t
	if err := unix.Sysinfo(&host); err != nil {
		return 0, os.NewSyscallError("sysinfo", err)
	}
	least := int64(host.Totalram) * int64(host.Unit)
	err := eachOwnGroup(func(files memoryFiles, group, top string) error {
		limit, err := leastOf(group, top, files.limitOf)
		least = min(least, limit)
		return err
	})
	return least, err
}

// LimitMemory bounds what everything in the tree has together, beside the limits of the groups in it. What the kernel kills for
// that limit is a kill by the host: see Usage.HostOOMKills.
func (t *Tree) LimitMemory(bytes int64) error {
	files := controlFilesOf(t.host.version)
	for i, h := range t.host.hierarchies {
		if !h.has(ctlMemory) {
			continue
		}
		dir := t.dirs[i]
		swapTotal := t.host.version == 1 && exists(dir, files.limits[knobSwap])
		// The directory may be one that a dead worker left, with a limit of its own.
		none, limit := Limits{}, Limits{MemoryBytes: bytes}
		for _, s := range append(limitWrites(limit, none, t.host.version, swapTotal), limitWrites(none, limit, t.host.version, swapTotal)...) {
			if err := os.WriteFile(filepath.Join(dir, files.limits[s.knob]), []byte(s.value), 0); err != nil {
				return fmt.Errorf("limit the memory of all programs together: %w", err)
			}
		}
	}
	return nil
}
