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
func (s *site) descendants() []int {
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
			if slices.ContainsFunc(s.workers, func(w *worker) bool { return w.pid() == up }) {
				found = append(found, pid)
				break
			}
		}
	}
	return found
}

// treePattern is how workers call the trees of their control groups.
var treePattern = regexp.MustCompile(`/gavel-[0-9]+\b`)

// treesOf names the trees of control groups that the processes are in.
func treesOf(pids []int) map[string]bool {
	trees := map[string]bool{}
	for _, pid := range pids {
		data, err := os.ReadFile(fmt.Sprintf("/proc/%d/cgroup", pid))
		if err != nil {
			continue // it has ended
		}
		for _, tree := range treePattern.FindAllString(string(data), -1) {
			trees[tree] = true
		}
	}
	return trees
}

// countGroups counts the control groups in trees.
func countGroups(trees map[string]bool) (count int) {
	_ = filepath.WalkDir("/sys/fs/cgroup", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.IsDir() {
			return nil // groups come and go while we look
		}
		if trees[treePattern.FindString(path)] {
			count++
		}
		return nil
	})
	return count
}

// noteTrees remembers the control groups of the workers that live now.
func (s *site) noteTrees() {
	trees := treesOf(s.descendants())
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.Copy(s.trees, trees)
}

// checkTrees finds control groups that some worker had and nobody has now. Those of a killed worker go when another one
// starts on the host.
func (s *site) checkTrees() error {
	dead, err := sandboxtest.DeadGroups()
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	dead = slices.DeleteFunc(dead, func(group string) bool { return !s.trees[treePattern.FindString(group)] })
	if len(dead) > 0 {
		return fmt.Errorf("left behind: %v", dead)
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
