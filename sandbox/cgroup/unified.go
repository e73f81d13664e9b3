package cgroup

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Leaves that version 2 makes it necessary to move processes into: a group that hands controllers down may
// have none of its own (the "no internal process" rule; kernel: Documentation/admin-guide/cgroup-v2.rst).
const (
	workerLeaf = "worker"     // in our tree, for ourselves
	othersLeaf = "gavel-init" // beside our tree, for the init of the container that we run in
)

// versionTwo uses the unified hierarchy below our own group. Where other processes stand in the way there,
// as on a host where root runs the worker from a login shell, it uses the top of the hierarchy, if it may.
func versionTwo(m mount, path string) (*Host, error) {
	path, own := withoutTree(path)
	base := visible(m, path)
	var reasons []string
	for _, dir := range slices.Compact([]string{base, m.point}) {
		h := &Host{version: 2, ownTree: own, private: path == "/" && exists(base, "cgroup.type")}
		controllers, err := offered(dir)
		if err == nil {
			h.hierarchies = []hierarchy{{base: dir, controllers: controllers}}
			err = h.canDelegate(dir)
		}
		if err == nil {
			return h, nil
		}
		reasons = append(reasons, err.Error())
	}
	return nil, unavailable(strings.Join(reasons, "; ") +
		"; run the worker as a systemd service with Delegate=yes, or in a container with a control group " +
		"namespace of its own")
}

// withoutTree takes off a path what an earlier tree of this process, or of a parent, has put there: the worker in
// GROUP/gavel-3/worker still counts as being in GROUP. It returns the number of that tree, or -1.
func withoutTree(path string) (string, int) {
	match := regexp.MustCompile(`^(.*)/` + treePrefix + `(\d+)/` + workerLeaf + `$`).FindStringSubmatch(path)
	if match == nil {
		return path, -1
	}
	n, err := strconv.Atoi(match[2])
	if err != nil {
		return path, -1
	}
	if match[1] == "" {
		return "/", n
	}
	return match[1], n
}

// offered lists what of our controllers the group at dir may hand down. CPU accounting is always there.
func offered(dir string) ([]string, error) {
	text, err := readOnce(dir, "cgroup.controllers")
	if err != nil {
		return nil, err
	}
	there := strings.Fields(text)
	var found []string
	for _, controller := range []string{ctlMemory, ctlPids, ctlCpuset} {
		switch {
		case slices.Contains(there, controller):
			found = append(found, controller)
		case controller != ctlCpuset:
			return nil, fmt.Errorf("%s has no %s controller", dir, controller)
		}
	}
	return append(found, ctlCpuacct), nil
}

// canDelegate returns nil if the group at dir can enable its controllers for its children, if need be after this
// process has moved out of it, and otherwise what prevents that.
func (h *Host) canDelegate(dir string) error {
	missing, err := h.disabled(dir)
	if err != nil || len(missing) == 0 || !exists(dir, "cgroup.type") {
		return err // the top of the hierarchy, which has no cgroup.type, is free of the rule
	}
	if h.private {
		return nil
	}
	members, err := membersOf([]string{dir})
	if err != nil {
		return err
	}
	others := slices.DeleteFunc(members, func(pid int) bool { return pid == os.Getpid() })
	if len(others) > 0 {
		return fmt.Errorf("%s cannot hand down controllers, because the processes %v are in it", dir, others)
	}
	return nil
}

// disabled lists the controllers that the group at dir does not hand down yet.
func (h *Host) disabled(dir string) ([]string, error) {
	text, err := readOnce(dir, "cgroup.subtree_control")
	if err != nil {
		return nil, err
	}
	enabled := append(strings.Fields(text), ctlCpuacct)
	return slices.DeleteFunc(slices.Clone(h.hierarchies[0].controllers), func(c string) bool {
		return slices.Contains(enabled, c)
	}), nil
}

// enable makes the group at dir hand down the controllers.
func (h *Host) enable(dir string) error {
	missing, err := h.disabled(dir)
	if err != nil {
		return err
	}
	for _, c := range missing {
		if err := writeOnce(dir, "cgroup.subtree_control", "+"+c); err != nil {
			return fmt.Errorf("enable controller %s: %w", c, err)
		}
	}
	return nil
}

// enableControllers lets the controllers pass from our own group to the tree, which may mean to leave that group.
func (t *Tree) enableControllers() error {
	base := t.host.hierarchies[0].base
	missing, err := t.host.disabled(base)
	if err != nil {
		return err
	}
	t.enabled = missing
	err = t.host.enable(base)
	if !errors.Is(err, unix.EBUSY) {
		return err
	}
	if err := move(os.Getpid(), filepath.Join(t.dirs[0], workerLeaf)); err != nil {
		return err
	}
	t.moved = true
	if t.host.private {
		return t.host.enableAfterMoving(base)
	}
	return t.host.enable(base)
}

// enableAfterMoving makes the group at base hand down the controllers, after everybody in it has been moved aside. Meanwhile
// those who have not yet been moved may start others: so it is done again, until nobody was in the way.
func (h *Host) enableAfterMoving(base string) error {
	deadline := time.Now().Add(emptyDeadline)
	for {
		if err := moveAll(base, filepath.Join(base, othersLeaf)); err != nil {
			return err
		}
		if err := h.enable(base); !errors.Is(err, unix.EBUSY) || time.Now().After(deadline) {
			return err
		}
	}
}

// disableControllers undoes enableControllers. It reports whether this process has left the tree, which fails while
// another tree needs the controllers of the same group.
func (t *Tree) disableControllers() bool {
	base := t.host.hierarchies[0].base
	for _, dir := range []string{t.dirs[0], base} {
		for _, c := range t.enabled {
			if err := writeOnce(dir, "cgroup.subtree_control", "-"+c); err != nil {
				return false
			}
		}
	}
	if err := writeOnce(base, "cgroup.procs", strconv.Itoa(os.Getpid())); err != nil {
		return false
	}
	t.moved = false
	if others := filepath.Join(base, othersLeaf); exists(others, "cgroup.procs") {
		if moveAll(others, base) == nil {
			_ = removeEmpty(others) // if not, the next worker uses it
		}
	}
	return true
}

// move moves a process into a leaf, which it creates.
func move(pid int, leaf string) error {
	if err := os.Mkdir(leaf, 0o755); err != nil && !errors.Is(err, os.ErrExist) {
		return noGroup(leaf, err)
	}
	if err := writeOnce(leaf, "cgroup.procs", strconv.Itoa(pid)); err != nil {
		return fmt.Errorf("move process %d: %w", pid, err)
	}
	return nil
}

// moveAll moves every process from one group to another.
func moveAll(from, to string) error {
	members, err := membersOf([]string{from})
	if err != nil {
		return err
	}
	for _, pid := range members {
		if err := move(pid, to); err != nil && !errors.Is(err, unix.ESRCH) {
			return err
		}
	}
	return nil
}
