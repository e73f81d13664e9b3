package cgroup

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/sandbox/flock"
)

// treePrefix begins the name of every tree; its number follows.
const treePrefix = "gavel-"

// MaxTrees is the most trees, and so workers, that a host can have at once. Indices are below it.
const MaxTrees = 128

// Tree is the control groups of one worker.
type Tree struct {
	host     *Host
	index    int
	dirs     []string   // by hierarchy of host
	locks    []*os.File // dirs, locked until closed or until this process dies; the first one decides
	claim    net.Listener
	leftover []error
	enabled  []string // version 2: the controllers that our own group hands down because of us
	moved    bool     // version 2: this process is in the tree's worker leaf
}

// Index is the number of the tree, from 0 to MaxTrees-1: the smallest that no live worker of this host holds, as far as
// workers can see each other (network namespace).
func (t *Tree) Index() int { return t.index }

// Features returns what the host can do.
func (t *Tree) Features() Features { return t.host.features }

// Leftover is an error that names the groups of dead workers that NewTree could not remove, and why; nil if none.
func (t *Tree) Leftover() error { return errors.Join(t.leftover...) }

// NewTree makes the groups of this worker, after removing those of dead ones: processes in them are killed.
// The caller closes the tree.
func (h *Host) NewTree() (*Tree, error) {
	leftover := h.removeStale()
	t, err := h.newTree()
	if err != nil {
		return nil, err
	}
	t.leftover = leftover
	return t, nil
}

// newTree takes the smallest free number.
func (h *Host) newTree() (*Tree, error) {
	for n := range MaxTrees {
		t, err := h.take(n)
		switch {
		case err == nil:
			return t, nil
		case !errors.Is(err, errTaken):
			return nil, err
		}
	}
	return nil, fmt.Errorf("make control groups: all of %s0 to %s%d are taken", treePrefix, treePrefix, MaxTrees-1)
}

// errTaken is returned for a tree number that a live worker holds.
var errTaken = errors.New("held by another worker")

// take makes tree n. The number is claimed twice: by the directory, which keeps others from removing it,
// and by an abstract socket, which workers below other control groups see too. Both end with the process.
func (h *Host) take(n int) (*Tree, error) {
	if n == h.ownTree {
		return nil, errTaken
	}
	claim, err := net.Listen("unix", "@"+treePrefix+"index-"+strconv.Itoa(n))
	if errors.Is(err, unix.EADDRINUSE) {
		return nil, errTaken
	}
	if err != nil {
		return nil, fmt.Errorf("claim index %d: %w", n, err)
	}
	t := &Tree{host: h, index: n, dirs: h.treeDirs(n), claim: claim}
	if err := t.fill(); err != nil {
		t.dirs = t.dirs[:len(t.locks)] // the others are not ours to remove
		return nil, errors.Join(err, t.Close())
	}
	return t, nil
}

// fill locks the directories, makes those that are missing, and clears what a dead worker left in them.
func (t *Tree) fill() error {
	for i, dir := range t.dirs {
		lock, err := lockDir(dir)
		if err != nil {
			return err
		}
		t.locks = append(t.locks, lock)
		if err := clearDir(dir, ""); err != nil {
			return err
		}
		if t.host.version == 2 {
			if err := t.enableControllers(); err != nil {
				return err
			}
		}
		if err := t.host.makeGroup(t.host.hierarchies[i], dir); err != nil {
			return err
		}
	}
	return nil
}

// treeDirs lists the directories of tree n by hierarchy.
func (h *Host) treeDirs(n int) []string {
	dirs := make([]string, len(h.hierarchies))
	for i, hi := range h.hierarchies {
		dirs[i] = filepath.Join(hi.base, treePrefix+strconv.Itoa(n))
	}
	return dirs
}

// lockDir makes the directory of a tree and locks it. The error is errTaken when a live worker has it.
func lockDir(dir string) (*os.File, error) {
	for {
		if err := os.Mkdir(dir, 0o755); err != nil && !errors.Is(err, os.ErrExist) {
			return nil, noGroup(dir, err)
		}
		f, err := os.Open(dir)
		if errors.Is(err, os.ErrNotExist) {
			continue // its former owner has just removed it
		}
		if err != nil {
			return nil, err
		}
		if err := flock.Lock(f); err != nil {
			_ = f.Close() // read only, nothing to lose
			if errors.Is(err, flock.ErrHeld) {
				return nil, errTaken
			}
			return nil, err
		}
		if linked(f, dir) {
			return f, nil
		}
		_ = f.Close() // removed between open and flock: we hold the lock of nothing
	}
}

// linked reports whether f is still the file at name.
func linked(f *os.File, name string) bool {
	held, err := f.Stat()
	if err != nil {
		return false
	}
	there, err := os.Stat(name)
	return err == nil && os.SameFile(held, there)
}

// noGroup says why no group can be made, and what helps.
func noGroup(dir string, err error) error {
	if errors.Is(err, os.ErrPermission) || errors.Is(err, unix.EROFS) {
		return unavailable(fmt.Sprintf("cannot make a group below %s (%v); run the worker as root, as a systemd "+
			"service with Delegate=yes, or in a container with /sys/fs/cgroup mounted writable",
			filepath.Dir(dir), errors.Unwrap(err)))
	}
	return fmt.Errorf("make control group: %w", err)
}

// removeStale removes every tree whose owner is dead.
func (h *Host) removeStale() []error {
	var errs []error
	for _, n := range h.treeNumbers() {
		if n == h.ownTree {
			continue
		}
		if err := h.removeTree(n); err != nil {
			errs = append(errs, fmt.Errorf("remove %s%d of a dead worker: %w", treePrefix, n, err))
		}
	}
	return errs
}

// removeTree removes what nobody has locked of tree n. Workers below different groups of one hierarchy of
// version 1 may still share another: a tree can be dead here and alive there.
func (h *Host) removeTree(n int) error {
	var free []string
	for _, dir := range h.treeDirs(n) {
		lock, err := lockDir(dir)
		if errors.Is(err, errTaken) {
			break
		}
		if err != nil {
			return err
		}
		defer lock.Close()
		free = append(free, dir)
	}
	return destroy(free)
}

// treeNumbers lists the numbers of all trees below our own group, in any hierarchy.
func (h *Host) treeNumbers() []int {
	seen := map[int]bool{}
	var numbers []int
	for _, hi := range h.hierarchies {
		entries, _ := os.ReadDir(hi.base) // what cannot be read cannot be cleaned; newTree will tell why
		for _, entry := range entries {
			n, err := strconv.Atoi(strings.TrimPrefix(entry.Name(), treePrefix))
			if err == nil && entry.IsDir() && entry.Name() == treePrefix+strconv.Itoa(n) && !seen[n] {
				seen[n] = true
				numbers = append(numbers, n)
			}
		}
	}
	return numbers
}

// clearDir removes every group in dir, save the one named keep, but not dir.
func clearDir(dir, keep string) error {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	for _, entry := range entries {
		if entry.IsDir() && entry.Name() != keep {
			if err := destroy([]string{filepath.Join(dir, entry.Name())}); err != nil {
				return err
			}
		}
	}
	return nil
}

// Close kills everything in the tree and removes it. On version 2, when this process had to move into its tree
// and cannot move back because another worker came to depend on that, the tree stays taken, without its
// groups, until the process ends.
func (t *Tree) Close() error {
	if t.moved {
		if err := clearDir(t.dirs[0], workerLeaf); err != nil {
			return err
		}
		if !t.disableControllers() {
			return nil
		}
	}
	errs := []error{destroy(t.dirs), t.claim.Close()}
	for _, lock := range t.locks {
		errs = append(errs, lock.Close())
	}
	return errors.Join(errs...)
}
