package faulttest

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/sandbox/sandboxtest"
)

// children lists the processes whose parent this process is.
func children() []processStat {
	names, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return nil // only a bad pattern is an error
	}
	var found []processStat
	for _, name := range names {
		pid, err := strconv.Atoi(filepath.Base(name))
		if err != nil {
			continue
		}
		if s := stat(pid); s.parent == os.Getpid() {
			found = append(found, s)
		}
	}
	return found
}

// orphans lists what dead workers left: this process inherits it.
func (s *site) orphans() []processStat {
	ours := map[int]bool{}
	for _, server := range s.servers {
		ours[server.pid()] = true
	}
	for _, w := range s.workers {
		ours[w.pid()] = true
	}
	return slices.DeleteFunc(children(), func(c processStat) bool { return ours[c.pid] })
}

// settle waits until what dead workers left has ended too.
func (s *site) settle(ctx context.Context) error {
	var left []processStat
	err := poll(ctx, 30*time.Second, "what a dead worker left has ended", func() bool {
		left = s.orphans()
		for _, c := range left {
			if c.state == 'Z' {
				_, _ = unix.Wait4(c.pid, nil, unix.WNOHANG, nil) // it will be gone at the next look, or not
			}
		}
		return len(left) == 0
	})
	if err != nil {
		return fmt.Errorf("%w: %+v", err, left)
	}
	return nil
}

// descendants lists the processes that come from the workers.
func descendants(workers []*worker) []int {
	parents := map[int]int{}
	names, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return nil // only a bad pattern is an error
	}
	for _, name := range names {
		if pid, err := strconv.Atoi(filepath.Base(name)); err == nil {
			parents[pid] = stat(pid).parent
		}
	}
	var found []int
	for pid := range parents {
		for up := parents[pid]; up > 1; up = parents[up] {
			if slices.ContainsFunc(workers, func(w *worker) bool { return w.pid() == up }) {
				found = append(found, pid)
				break
			}
		}
	}
	return found
}

// treePattern finds the tree of a worker in a line of /proc/PID/cgroup, "NUMBER:CONTROLLERS:PATH".
var treePattern = regexp.MustCompile(`(?m)^[0-9]+:([^:]*):(.*/gavel-[0-9]+)\b`)

// treesOf lists the trees of control groups that the processes are in, by directory.
func treesOf(pids []int) map[string]bool {
	trees := map[string]bool{}
	for _, pid := range pids {
		data, err := os.ReadFile(fmt.Sprintf("/proc/%d/cgroup", pid))
		if err != nil {
			continue // it has ended
		}
		for _, found := range treePattern.FindAllStringSubmatch(string(data), -1) {
			trees[filepath.Join("/sys/fs/cgroup", found[1], found[2])] = true // with version 2 there are no controllers
		}
	}
	return trees
}

// countGroups counts the control groups in trees.
func countGroups(trees map[string]bool) (count int) {
	for tree := range trees {
		_ = filepath.WalkDir(tree, func(_ string, entry fs.DirEntry, err error) error {
			if err == nil && entry.IsDir() { // groups come and go while we look
				count++
			}
			return nil
		})
	}
	return count
}

// noteTrees remembers the control groups of the workers that live now.
func (s *site) noteTrees() {
	trees := treesOf(descendants(s.workers))
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.Copy(s.trees, trees)
}

// checkTrees finds control groups that some worker had and nobody has now. Those of a killed worker go when another one
// starts on the host. Somebody else's may have the same name for a moment.
func (s *site) checkTrees(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var ours []string
	err := poll(ctx, 10*time.Second, "control groups are gone", func() bool {
		dead, err := sandboxtest.DeadGroups()
		ours = slices.DeleteFunc(dead, func(group string) bool { return !s.trees[strings.TrimPrefix(group, "control group ")] })
		return err == nil && len(ours) == 0
	})
	if err != nil {
		return fmt.Errorf("%w: %v", err, ours)
	}
	return nil
}

// checkMounts finds mounts that were made for the installation.
func (s *site) checkMounts() error {
	data, err := os.ReadFile("/proc/self/mountinfo")
	if err == nil && bytes.Contains(data, []byte(s.dir)) {
		err = fmt.Errorf("mounts left behind below %s", s.dir)
	}
	return err
}
