package cgroup_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/gaveloj/gavel/sandbox/cgroup"
	"github.com/gaveloj/gavel/sandbox/sandboxtest"
)

// playWorker makes a tree with a group in which a program runs, says its number and the program's pid, and
// waits to be killed.
func playWorker(int) {
	h, err := cgroup.Probe()
	if err != nil {
		panic(err)
	}
	tree, err := h.NewTree()
	if err != nil {
		panic(err)
	}
	g, err := tree.NewGroup("c0", []int{0})
	if err != nil {
		panic(err)
	}
	entry, err := g.Start(cgroup.Limits{Pids: 50})
	if err != nil {
		panic(err)
	}
	cmd := program(entry, "wait", 0)
	out, err := cmd.StdoutPipe()
	if err != nil {
		panic(err)
	}
	if err := cmd.Start(); err != nil {
		panic(err)
	}
	if _, err := out.Read(make([]byte, 10)); err != nil {
		panic(err)
	}
	fmt.Println(tree.Index(), cmd.Process.Pid)
	select {}
}

// worker is a process that has a tree.
type worker struct {
	cmd        *exec.Cmd
	index, pid int // of the tree, and of the program in it
}

func startWorker(t *testing.T) worker {
	t.Helper()
	return startWorkerIn(t, cgroup.Entry{})
}

// startWorkerIn starts a worker that is in the groups of entry.
func startWorkerIn(t *testing.T, entry cgroup.Entry) worker {
	t.Helper()
	w := worker{cmd: program(entry, "worker", 0)}
	line := startAndRead(t, w.cmd)
	t.Cleanup(w.kill)
	if _, err := fmt.Sscan(line, &w.index, &w.pid); err != nil {
		t.Fatalf("the worker says %q: %v", line, err)
	}
	return w
}

func (w worker) kill() {
	_ = w.cmd.Process.Kill() // it may be dead
	_ = w.cmd.Wait()         // it was killed: an error by nature
}

// alive tells whether a process that is not our child runs, zombies aside.
func alive(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && !strings.Contains(string(stat), ") Z ")
}

func TestTreesOfDeadWorkersAreRemoved(t *testing.T) {
	sandboxtest.Require(t, sandboxtest.Root, sandboxtest.Cgroup)
	sandboxtest.NoLeaks(t)
	dead, live := startWorker(t), startWorker(t)
	if dead.index == live.index {
		t.Fatalf("both workers have tree %d", dead.index)
	}
	dead.kill()
	if !alive(dead.pid) {
		t.Fatal("the program of the dead worker is gone before anybody removed it")
	}
	tree := newTree(t)
	if err := tree.Leftover(); err != nil {
		t.Error(err)
	}
	if alive(dead.pid) {
		t.Error("the program of the dead worker is still there")
	}
	if !alive(live.pid) {
		t.Error("the program of the live worker was killed")
	}
	if tree.Index() == live.index {
		t.Errorf("the tree of the live worker, %d, was given out", live.index)
	}
	live.kill()
	if err := removeStale(); err != nil {
		t.Error(err)
	}
	if alive(live.pid) {
		t.Error("the program of the second dead worker is still there")
	}
}

// Two workers can be in different groups of the memory controller and in the same one of the others. Each then
// sees a half of the other's tree, which looks dead from there.
func TestTreeSharedInPartIsLeftAlone(t *testing.T) {
	sandboxtest.Require(t, sandboxtest.Root, sandboxtest.Cgroup)
	sandboxtest.Optional(t, sandboxtest.CgroupVersion(1))
	sandboxtest.NoLeaks(t)
	apart := filepath.Join(memoryGroup(t), "apart-"+strconv.Itoa(os.Getpid()))
	if err := os.Mkdir(apart, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Remove(apart) }) // the test has failed already if it is not empty
	tasks, err := os.OpenFile(filepath.Join(apart, "tasks"), os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer tasks.Close()
	w := startWorkerIn(t, cgroup.Entry{Tasks: []*os.File{tasks}})
	if err := removeStale(); err != nil {
		t.Error(err)
	}
	if !alive(w.pid) {
		t.Error("the program of a live worker in another memory group was killed")
	}
	w.kill()
	if err := runIn(tasks, "sweep"); err != nil {
		t.Errorf("remove the dead worker's groups from its own memory group: %v", err)
	}
	if alive(w.pid) {
		t.Error("the program of the dead worker is still there")
	}
	if err := os.Remove(apart); err != nil {
		t.Error(err)
	}
}

// memoryGroup is the directory of our own group of the memory controller, on the hosts where this test runs:
// a tree made there shows it.
func memoryGroup(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		if _, path, ok := strings.Cut(strings.TrimSpace(line), ":memory:"); ok {
			return filepath.Join("/sys/fs/cgroup/memory", path)
		}
	}
	t.Skip("the memory controller is mounted together with another one")
	return ""
}

// runIn runs an act in the group behind tasks.
func runIn(tasks *os.File, act string) error {
	out, err := program(cgroup.Entry{Tasks: []*os.File{tasks}}, act, 0).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return nil
}

// removeStale has the groups of dead workers removed, as a start does.
func removeStale() error {
	h, err := cgroup.Probe()
	if err != nil {
		return err
	}
	tree, err := h.NewTree()
	if err != nil {
		return err
	}
	return errors.Join(tree.Leftover(), tree.Close())
}

func TestTreesMadeAtOnceDiffer(t *testing.T) {
	sandboxtest.Require(t, sandboxtest.Root, sandboxtest.Cgroup)
	sandboxtest.NoLeaks(t)
	h, err := cgroup.Probe()
	if err != nil {
		t.Fatal(err)
	}
	const workers = 8
	var wg sync.WaitGroup
	trees := make([]*cgroup.Tree, workers)
	for round := range 5 {
		seen := map[int]bool{}
		for i := range trees {
			wg.Go(func() {
				var err error
				if trees[i], err = h.NewTree(); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		for i, tree := range trees {
			if tree == nil || seen[tree.Index()] {
				t.Fatalf("round %d: tree %d is missing or double", round, i)
			}
			seen[tree.Index()] = true
			wg.Go(func() {
				if err := tree.Close(); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	}
}

// On version 2 a service gets a group of its own (systemd's Delegate=yes), with itself in it: then it has to
// move aside before it can hand controllers down.
func TestDelegatedGroup(t *testing.T) {
	sandboxtest.Require(t, sandboxtest.Root, sandboxtest.Cgroup)
	sandboxtest.Optional(t, sandboxtest.CgroupVersion(2))
	for name, flags := range map[string]uintptr{
		"service": 0, "container": syscall.CLONE_NEWCGROUP | syscall.CLONE_NEWNS,
	} {
		t.Run(name, func(t *testing.T) {
			sandboxtest.NoLeaks(t)
			service := filepath.Join("/sys/fs/cgroup", "service-"+strconv.Itoa(os.Getpid()))
			if err := os.Mkdir(service, 0o755); err != nil {
				t.Fatal(err)
			}
			dir, err := os.Open(service)
			if err != nil {
				t.Fatal(err)
			}
			defer dir.Close()
			cmd := exec.Command("/proc/self/exe", delegatedTests()...)
			if flags != 0 {
				cmd.Env = append(os.Environ(), actAs+"=own 0")
			}
			cmd.SysProcAttr = &syscall.SysProcAttr{
				UseCgroupFD: true, CgroupFD: int(dir.Fd()), Unshareflags: flags,
			}
			out, err := cmd.CombinedOutput()
			if err != nil || strings.Contains(string(out), "SKIP") {
				t.Errorf("%v\n%s", err, out)
			}
			if !strings.Contains(string(out), "PASS: TestPidsLimit") {
				t.Errorf("it ran no tests:\n%s", out)
			}
			if err := os.Remove(service); err != nil {
				t.Errorf("something was left in the group: %v", err)
			}
		})
	}
}
