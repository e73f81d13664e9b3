package cgroup

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// cpuset is the hierarchy that holds processes on cores, or nil.
func (h *Host) cpuset() *hierarchy {
	for i := range h.hierarchies {
		if h.hierarchies[i].has(ctlCpuset) {
			return &h.hierarchies[i]
		}
	}
	return nil
}

// makeGroup makes a group that has other groups in it.
func (h *Host) makeGroup(hi hierarchy, dir string) error {
	if err := h.makeDir(hi, dir); err != nil {
		return err
	}
	if h.version == 2 {
		return h.enable(dir)
	}
	return nil
}

// makeDir makes the directory of a group, if there is none, so that processes can enter.
func (h *Host) makeDir(hi hierarchy, dir string) error {
	if err := os.Mkdir(dir, 0o755); err != nil && !errors.Is(err, os.ErrExist) {
		return noGroup(dir, err)
	}
	if h.version == 1 && hi.has(ctlCpuset) {
		return inheritCpuset(dir)
	}
	return nil
}

// inheritCpuset gives a new version 1 cpuset what its parent has: both files start empty, and nobody may
// enter (ENOSPC) until they are set.
func inheritCpuset(dir string) error {
	for _, name := range []string{"cpuset.cpus", "cpuset.mems"} {
		if value, err := readOnce(dir, name); err != nil || value != "" {
			if err != nil {
				return fmt.Errorf("set up cpuset: %w", err)
			}
			continue
		}
		value, err := readOnce(filepath.Dir(dir), name)
		if err != nil {
			return fmt.Errorf("set up cpuset: %w", err)
		}
		if err := writeOnce(dir, name, value); err != nil {
			return fmt.Errorf("set up cpuset: %w", err)
		}
	}
	return nil
}
