package cgroup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// memoryFiles are the control files that tell how much memory a group may still take.
type memoryFiles struct {
	limit, usage string
	cache        []string // keys of memory.stat: pages of files, which the kernel takes back when it must
}

var (
	memoryFilesOne = memoryFiles{
		"memory.limit_in_bytes", "memory.usage_in_bytes", []string{"total_active_file", "total_inactive_file"},
	}
	memoryFilesTwo = memoryFiles{"memory.max", "memory.current", []string{"active_file", "inactive_file"}}
)

// noLimit is more than any limit: version 1 says "none" by the largest number of pages.
const noLimit = 1 << 60

// Headroom is how many bytes of memory the control group of this process may still take: the least of those of the
// group and of all above it that can be seen. limited is false where none of them has a limit.
func Headroom() (free int64, limited bool, err error) {
	free = noLimit
	err = eachOwnGroup(func(files memoryFiles, group, top string) error {
		least, err := leastOf(group, top, files.headroom)
		free = min(free, least)
		return err
	})
	if err != nil {
		return 0, false, err
	}
	return free, free < noLimit, nil
}

// eachOwnGroup calls do for the control group of this process in each mounted hierarchy that it sees: its directory, and the
// topmost one.
func eachOwnGroup(do func(files memoryFiles, group, top string) error) error {
	members, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return fmt.Errorf("find own control group: %w", err)
	}
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return fmt.Errorf("find control group mounts: %w", err)
	}
	all, err := parseMemberships(string(members))
	if err != nil {
		return fmt.Errorf("parse /proc/self/cgroup: %w", err)
	}
	for _, m := range parseMounts(string(mounts)) {
		group, ok := groupOf(m, all)
		if !ok || m.foreign() {
			continue
		}
		files := memoryFilesTwo
		if m.version == 1 {
			files = memoryFilesOne
		}
		if err := do(files, visible(m, group), m.point); err != nil {
			return err
		}
	}
	return nil
}

// leastOf is the least figure of a group and those above it, up to the directory top; noLimit where there is none.
func leastOf(dir, top string, figure func(dir string) (int64, error)) (int64, error) {
	least := int64(noLimit)
	for {
		one, err := figure(dir)
		if err != nil {
			return 0, fmt.Errorf("read memory of control group %s: %w", dir, err)
		}
		least = min(least, one)
		if dir == top || len(dir) <= len(top) {
			return least, nil
		}
		dir = filepath.Dir(dir)
	}
}

// limitOf is the limit of one group alone. The topmost group of version 2 has no such files.
func (f memoryFiles) limitOf(dir string) (int64, error) {
	text, err := readOnce(dir, f.limit)
	if errors.Is(err, fs.ErrNotExist) || text == "max" {
		return noLimit, nil
	}
	if err != nil {
		return 0, err
	}
	limit, err := parseBytes(text)
	return min(limit, noLimit), err
}

// headroom is that of one group alone.
func (f memoryFiles) headroom(dir string) (int64, error) {
	limit, err := f.limitOf(dir)
	if err != nil || limit == noLimit {
		return noLimit, err
	}
	text, err := readOnce(dir, f.usage)
	if err != nil {
		return 0, err
	}
	usage, err := parseBytes(text)
	if err != nil {
		return 0, err
	}
	stat, err := readOnce(dir, "memory.stat")
	if err != nil {
		return 0, err
	}
	for _, key := range f.cache {
		pages, err := keyed(strings.TrimSpace(stat), key)
		if err != nil {
			return 0, err
		}
		usage -= pages
	}
	return max(limit-max(usage, 0), 0), nil
}
