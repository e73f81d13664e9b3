package sandboxtest

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// settleTime is how long the end of a test may take to become true: exits, closes and removals are not all
// waited for by those who cause them.
const settleTime = 5 * time.Second

// NoLeaks fails the test when, after all its later clean-ups, more is there than now: child processes and
// zombies, mounts, control groups named gavel-N whose owner is dead, open descriptors. Not for parallel tests:
// all of that belongs to the process.
func NoLeaks(t testing.TB) {
	t.Helper()
	before, err := takeInventory(t.Name())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		t.Helper()
		if err := settle(before, t.Name()); err != nil {
			t.Error(err)
		}
	})
}

// settle waits until nothing is left over, for a while.
func settle(before inventory, test string) error {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	deadline := time.Now().Add(settleTime)
	for {
		after, err := takeInventory(test)
		if err != nil {
			return err
		}
		extra := after.beyond(before)
		if len(extra) == 0 {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("left behind:\n\t%s", strings.Join(extra, "\n\t"))
		}
		<-tick.C
	}
}

// inventory counts what there is, by description.
type inventory map[string]int

func (after inventory) beyond(before inventory) []string {
	var extra []string
	for _, what := range slices.Sorted(maps.Keys(after)) {
		if n := after[what] - before[what]; n > 0 {
			extra = append(extra, fmt.Sprintf("%d times %s", n, what))
		}
	}
	return extra
}

func takeInventory(test string) (inventory, error) {
	all := inventory{}
	mounts := func() ([]string, error) { return mounts(test) }
	for _, list := range []func() ([]string, error){children, mounts, DeadGroups, descriptors} {
		found, err := list()
		if err != nil {
			return nil, fmt.Errorf("take inventory: %w", err)
		}
		for _, what := range found {
			all[what]++
		}
	}
	return all, nil
}

// children lists the child processes, zombies included.
func children() ([]string, error) {
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	var found []string
	for _, name := range stats {
		data, err := os.ReadFile(name)
		if err != nil {
			continue // ended meanwhile
		}
		// "PID (COMMAND) STATE PPID ..."; the command may hold anything, a parenthesis too.
		end := bytes.LastIndexByte(data, ')')
		fields := strings.Fields(string(data[end+1:]))
		if end < 0 || len(fields) < 2 || fields[1] != strconv.Itoa(os.Getpid()) {
			continue
		}
		what := fmt.Sprintf("process %s", data[:end+1])
		if fields[0] == "Z" { // one that lives may run now and sleep the next time
			what += ", state Z"
		}
		found = append(found, what)
	}
	return found, err
}

// mounts lists all but those in temporary directories of other tests, which may run in other processes, and those of a Docker
// engine, which may have containers of anybody.
func mounts(test string) ([]string, error) {
	data, err := os.ReadFile("/proc/self/mountinfo")
	of := func(name string) string { return filepath.Join(os.TempDir(), name) }
	test, _, _ = strings.Cut(test, "/") // that of a part is named for the whole
	var found []string
	for line := range strings.Lines(string(data)) {
		fields := strings.Fields(line)
		if len(fields) < 5 {
			continue
		}
		point := fields[4]
		if strings.HasPrefix(point, of("Test")) && !strings.HasPrefix(point, of(test)) ||
			strings.HasPrefix(point, "/var/lib/docker/") || strings.HasPrefix(point, "/run/docker/") {
			continue
		}
		found = append(found, "mount "+strings.TrimSpace(line))
	}
	return found, err
}

// descriptors lists what is open, by target; numbers say nothing. The runtime's own poller is made when it is
// first needed, and then stays.
func descriptors() ([]string, error) {
	entries, err := os.ReadDir("/proc/self/fd")
	var found []string
	for _, entry := range entries {
		target, err := os.Readlink("/proc/self/fd/" + entry.Name())
		switch {
		case err != nil: // the one that read the directory
		case target == "anon_inode:[eventpoll]" || target == "anon_inode:[eventfd]":
		case strings.HasPrefix(target, fmt.Sprintf("/proc/%d/fd", os.Getpid())):
		default:
			found = append(found, "open "+target)
		}
	}
	return found, err
}

// DeadGroups lists the control groups named gavel-N that no live worker holds the lock of. The live ones may be
// those of another test.
func DeadGroups() ([]string, error) {
	data, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return nil, err
	}
	locks, err := os.ReadFile("/proc/locks")
	if err != nil {
		return nil, err
	}
	var found []string
	for line := range strings.Lines(string(data)) {
		if fields := strings.Fields(line); strings.Contains(line, " - cgroup") {
			found = append(found, unlocked(fields[4], string(locks))...)
		}
	}
	return found, nil
}

// locked reports whether a process holds the lock of a tree that /proc/locks shows none of: one in another PID namespace
// may. To ask takes the lock for a moment, during which a worker that starts would take the tree for another's.
func locked(tree string) bool {
	dir, err := os.Open(tree)
	if err != nil {
		return false
	}
	defer dir.Close()
	return errors.Is(unix.Flock(int(dir.Fd()), unix.LOCK_SH|unix.LOCK_NB), unix.EWOULDBLOCK)
}

// unlocked lists the trees below top that no lock is on; locks is the text of /proc/locks.
func unlocked(top, locks string) []string {
	var found []string
	_ = filepath.WalkDir(top, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.IsDir() || !strings.HasPrefix(entry.Name(), "gavel-") {
			return nil // groups come and go while we look
		}
		var stat unix.Stat_t
		if unix.Stat(path, &stat) != nil {
			return fs.SkipDir
		}
		inode := fmt.Sprintf("%02x:%02x:%d ", unix.Major(stat.Dev), unix.Minor(stat.Dev), stat.Ino)
		if !strings.Contains(locks, inode) && !locked(path) {
			found = append(found, "control group "+path)
		}
		return fs.SkipDir
	})
	return found
}
