package cgroup_test

import (
	"bufio"
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
	"time"

	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/sandbox/cgroup"
	"github.com/gaveloj/gavel/sandbox/sandboxtest"
)

// run starts the group and runs act in it to the end.
func run(t *testing.T, g *cgroup.Group, l cgroup.Limits, act string, arg int) (cgroup.Usage, string, error) {
	t.Helper()
	entry, err := g.Start(l)
	if err != nil {
		t.Fatal(err)
	}
	out, runErr := program(entry, act, arg).Output()
	u, err := g.Usage()
	if err != nil {
		t.Fatal(err)
	}
	return u, strings.TrimSpace(string(out)), runErr
}

// newTree probes the host and makes a tree, and has it removed at the end.
func newTree(t *testing.T) *cgroup.Tree {
	t.Helper()
	sandboxtest.Require(t, sandboxtest.Root, sandboxtest.Cgroup)
	sandboxtest.NoLeaks(t)
	h, err := cgroup.Probe()
	if err != nil {
		t.Fatal(err)
	}
	tree, err := h.NewTree()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := tree.Close(); err != nil {
			t.Error(err)
		}
	})
	return tree
}

func newGroup(t *testing.T) *cgroup.Group {
	t.Helper()
	g, err := newTree(t).NewGroup("c0", nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := g.Remove(); err != nil {
			t.Error(err)
		}
	})
	return g
}

func TestMemoryLimitKills(t *testing.T) {
	g := newGroup(t)
	u, _, err := run(t, g, cgroup.Limits{MemoryBytes: 64 * mib}, "touch", 200)
	// The kernel lets charges that it cannot refuse pass the limit by a few pages.
	if err == nil || u.OOMKills < 1 || u.PeakBytes > 65*mib || u.PeakBytes < 60*mib {
		t.Errorf("200 MiB under a limit of 64 MiB: %+v, %v", u, err)
	}
	u, _, err = run(t, g, cgroup.Limits{MemoryBytes: 256 * mib}, "touch", 200)
	if err != nil || u.OOMKills != 0 || u.PeakBytes < 200*mib || u.PeakBytes > 230*mib {
		t.Errorf("200 MiB under a limit of 256 MiB: %+v, %v", u, err)
	}
}

// What is killed within its limit, because a group above has no memory left, is told from what went over its own.
func TestMemoryAboveRunsOut(t *testing.T) {
	g := newGroup(t)
	above := limitAbove(t, g)
	for _, test := range []struct {
		above, limit int64
		own          bool
	}{
		{64 * mib, 256 * mib, false},
		{64 * mib, 0, false},
		{256 * mib, 64 * mib, true},
		{64 * mib, 256 * mib, false}, // what the run before reached says nothing
	} {
		if err := os.WriteFile(above, fmt.Append(nil, test.above), 0o644); err != nil {
			t.Fatal(err)
		}
		u, _, err := run(t, g, cgroup.Limits{MemoryBytes: test.limit}, "touch", 200)
		if err == nil || (u.OOMKills > 0) != test.own || (u.HostOOMKills > 0) == test.own {
			t.Errorf("200 MiB under limits of %d MiB and %d MiB above: %+v, %v", test.limit/mib, test.above/mib, u, err)
		}
	}
	u, _, err := run(t, g, cgroup.Limits{MemoryBytes: 64 * mib}, "touch", 1)
	if err != nil || u.OOMKills != 0 || u.HostOOMKills != 0 {
		t.Errorf("1 MiB: %+v, %v", u, err)
	}
}

// The limit of a tree is one of all its groups together, whatever limits these have.
func TestMemoryOfAllTogether(t *testing.T) {
	tree := newTree(t)
	g, err := tree.NewGroup("c0", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer g.Remove()
	for _, test := range []struct {
		together int64
		killed   bool
	}{{64 * mib, true}, {300 * mib, false}, {128 * mib, true}} {
		if err := tree.LimitMemory(test.together); err != nil {
			t.Fatal(err)
		}
		u, _, err := run(t, g, cgroup.Limits{MemoryBytes: 256 * mib}, "touch", 200)
		if (err != nil) != test.killed || (u.HostOOMKills > 0) != test.killed || u.OOMKills != 0 {
			t.Errorf("200 MiB where %d MiB are for all: %+v, %v", test.together/mib, u, err)
		}
	}
}

// limitAbove is the file with the memory limit of what is right above the group that programs run in.
func limitAbove(t *testing.T, g *cgroup.Group) string {
	t.Helper()
	entry, err := g.Start(cgroup.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := g.Usage(); err != nil {
		t.Fatal(err)
	}
	if entry.Dir != nil {
		return filepath.Join(filepath.Dir(entry.Dir.Name()), "memory.max")
	}
	for _, tasks := range entry.Tasks {
		file := filepath.Join(filepath.Dir(filepath.Dir(tasks.Name())), "memory.limit_in_bytes")
		if _, err := os.Stat(file); err == nil {
			return file
		}
	}
	t.Fatal("no memory limit above the group")
	return ""
}

func TestPeakIsOfThisRun(t *testing.T) {
	g := newGroup(t)
	var peaks []int64
	for _, n := range []int{150, 1, 80} {
		u, _, err := run(t, g, cgroup.Limits{}, "touch", n)
		if err != nil {
			t.Fatal(err)
		}
		peaks = append(peaks, u.PeakBytes/mib)
	}
	if peaks[0] < 150 || peaks[1] > 40 || peaks[2] < 80 || peaks[2] > 120 {
		t.Errorf("peaks of runs with 150, 1 and 80 MiB = %v MiB", peaks)
	}
}

func TestCPUOfOrphans(t *testing.T) {
	g := newGroup(t)
	const spun = 1000
	if _, _, err := run(t, g, cgroup.Limits{}, "orphan", spun); err != nil {
		t.Fatal(err)
	}
	await(t, "the orphan's end", func() bool { return !populated(t, g) })
	u, err := g.Usage()
	if err != nil {
		t.Fatal(err)
	}
	if u.CPU < spun*time.Millisecond || u.CPU > 2*spun*time.Millisecond {
		t.Errorf("CPU with an orphan that spun %d ms = %v", spun, u.CPU)
	}
	if u, _, _ = run(t, g, cgroup.Limits{}, "touch", 1); u.CPU > spun/2*time.Millisecond {
		t.Errorf("CPU of the run after it = %v", u.CPU)
	}
}

func TestCPUGrowsWhileRunning(t *testing.T) {
	g := newGroup(t)
	entry, err := g.Start(cgroup.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	cmd := program(entry, "spin", 300)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	await(t, "100 ms of CPU time", func() bool {
		used, err := g.CPU()
		return err != nil || used > 100*time.Millisecond
	})
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}

func TestPidsLimit(t *testing.T) {
	g := newGroup(t)
	const wanted = 60
	for _, limit := range []int{20, 30, 0} {
		_, out, err := run(t, g, cgroup.Limits{Pids: limit}, "fork", wanted)
		started, convErr := strconv.Atoi(out)
		// The threads of the program itself count too, and how many those are varies.
		bad := started < 1 || started >= limit
		if limit == 0 {
			bad = started != wanted
		}
		if bad || convErr != nil {
			t.Errorf("started %q of %d under a limit of %d: %v, %v", out, wanted, limit, err, convErr)
		}
		if !populated(t, g) {
			t.Error("the sleepers are gone already")
		}
		if err := g.Kill(); err != nil {
			t.Fatal(err)
		}
		if populated(t, g) {
			t.Error("populated after Kill")
		}
	}
}

// holding runs a program that leaves 100 MiB charged to the group after its end.
func holding(t *testing.T, g *cgroup.Group) {
	t.Helper()
	fd, err := unix.MemfdCreate("held", unix.MFD_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	held := os.NewFile(uintptr(fd), "held")
	t.Cleanup(func() { _ = held.Close() })
	u, _, err := run(t, g, cgroup.Limits{}, "hold", fd)
	if err != nil || u.PeakBytes < 100*mib {
		t.Fatalf("after writing 100 MiB to a memfd: %+v, %v", u, err)
	}
}

func TestLimitBelowWhatIsHeld(t *testing.T) {
	g := newGroup(t)
	holding(t, g)
	u, _, err := run(t, g, cgroup.Limits{MemoryBytes: 50 * mib}, "touch", 20)
	if err != nil || u.OOMKills != 0 || u.PeakBytes > 50*mib {
		t.Errorf("20 MiB under 50 MiB after a run that left 100 MiB: %+v, %v", u, err)
	}
}

func TestPeakAfterWhatIsHeld(t *testing.T) {
	g := newGroup(t)
	holding(t, g)
	if err := g.Prepare(); err != nil {
		t.Fatal(err)
	}
	u, _, err := run(t, g, cgroup.Limits{}, "touch", 1)
	if err != nil || u.PeakBytes > 40*mib {
		t.Errorf("peak of 1 MiB after a run that left 100 MiB: %+v, %v", u, err)
	}
}

func TestStartServer(t *testing.T) {
	tree := newTree(t)
	g, err := tree.NewGroup("c0", []int{0})
	if err != nil {
		t.Fatal(err)
	}
	cmd := program(cgroup.Entry{}, "wait", 0)
	before := threads(t)
	startServer(t, g, cmd)
	if after := threads(t); after != before {
		t.Errorf("threads of the worker are in %s, were in %s", after, before)
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", cmd.Process.Pid))
	if err != nil || !strings.Contains(string(status), "Cpus_allowed_list:\t0\n") {
		t.Errorf("the server is not on core 0: %v", err)
	}
	if populated(t, g) {
		t.Error("the server counts as a run")
	}
	if err := g.Kill(); err != nil || cmd.Process.Signal(syscall.Signal(0)) != nil {
		t.Errorf("Kill reaches the server: %v", err)
	}
	if err := g.Remove(); err != nil {
		t.Error(err)
	}
	if err := cmd.Wait(); err == nil || cmd.ProcessState.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Errorf("Remove left the server: %v", err)
	}
	if err := g.Remove(); err != nil {
		t.Errorf("second Remove: %v", err)
	}
}

// startServer starts cmd as the server of g, and waits until it runs.
func startServer(t *testing.T, g *cgroup.Group, cmd *exec.Cmd) {
	t.Helper()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	err = g.StartServer(func(*os.File) (int, error) {
		if err := cmd.Start(); err != nil {
			return 0, err
		}
		return cmd.Process.Pid, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "here\n" {
		t.Fatalf("the server says %q, %v", line, err)
	}
}

// threads tells in which groups and on which cores the threads of this process are: all in the same, or it fails.
func threads(t *testing.T) string {
	t.Helper()
	seen := map[string]bool{}
	tasks, err := os.ReadDir("/proc/self/task")
	if err != nil {
		t.Fatal(err)
	}
	var place string
	for _, task := range tasks {
		groups, err := os.ReadFile("/proc/self/task/" + task.Name() + "/cgroup")
		if err != nil {
			continue // it has ended
		}
		status, err := os.ReadFile("/proc/self/task/" + task.Name() + "/status")
		if err != nil {
			continue
		}
		_, cores, _ := strings.Cut(string(status), "Cpus_allowed_list:")
		cores, _, _ = strings.Cut(cores, "\n")
		place = string(groups) + cores
		seen[place] = true
	}
	if len(seen) != 1 {
		t.Errorf("threads of the worker are in different places: %v", seen)
	}
	return place
}

// A server that cannot be started leaves no thread behind, and its error comes through.
func TestStartServerFails(t *testing.T) {
	g := newGroup(t)
	before := threads(t)
	refusal := errors.New("refused")
	for range 10 {
		if err := g.StartServer(func(*os.File) (int, error) { return 0, refusal }); !errors.Is(err, refusal) {
			t.Errorf("StartServer() = %v, want %v", err, refusal)
		}
	}
	if err := g.Remove(); err != nil {
		t.Error(err)
	}
	if after := threads(t); after != before {
		t.Errorf("threads of the worker are in %s, were in %s", after, before)
	}
}

// A group is not removed, and the worker not killed, while one of its own threads is in it.
func TestRemoveWhileStarting(t *testing.T) {
	g := newGroup(t)
	if entry, err := g.Start(cgroup.Limits{}); err != nil || entry.Dir != nil {
		t.Skipf("on version 2 no thread of the worker enters (%v)", err)
	}
	inside, leave, removed := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	started := make(chan error, 1)
	go func() {
		started <- g.StartServer(func(*os.File) (int, error) {
			close(inside)
			<-leave
			return 0, errors.New("refused")
		})
	}()
	<-inside
	go func() { removed <- g.Remove() }()
	select {
	case err := <-removed:
		t.Errorf("Remove() = %v while a thread is in the group", err)
	case <-time.After(50 * time.Millisecond):
	}
	close(leave)
	<-started
	if err := <-removed; err != nil {
		t.Error(err)
	}
}

// startAndRead starts cmd and returns the first line that it prints.
func startAndRead(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(line)
}

// The container server is not root on the host, and still places its programs: on version 1 by descriptors
// that we opened, on version 2 by delegation.
func TestPlacedFromUserNamespace(t *testing.T) {
	const hostID = 100000
	g := newGroup(t)
	if err := g.Delegate(hostID, hostID); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		entry, err := g.Start(cgroup.Limits{MemoryBytes: 300 * mib})
		if err != nil {
			t.Fatal(err)
		}
		ids := []syscall.SysProcIDMap{{HostID: hostID, Size: 10}}
		cmd := exec.Command("/proc/self/exe")
		cmd.Env = []string{actAs + "=place " + strconv.Itoa(len(entry.Tasks))}
		cmd.ExtraFiles = entry.Tasks
		if entry.Dir != nil {
			cmd.ExtraFiles = []*os.File{entry.Dir}
		}
		cmd.SysProcAttr = &syscall.SysProcAttr{
			Cloneflags: syscall.CLONE_NEWUSER, UidMappings: ids, GidMappings: ids,
			Credential: &syscall.Credential{NoSetGroups: true},
		}
		in, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		cmd.Stdout, cmd.Stderr = &out, &out
		err = g.StartServer(func(*os.File) (int, error) {
			if err := cmd.Start(); err != nil {
				return 0, err
			}
			return cmd.Process.Pid, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(in.Close(), cmd.Wait()); err != nil {
			t.Errorf("%v: %s", err, out.String())
		}
		if u, err := g.Usage(); err != nil || u.PeakBytes < 150*mib {
			t.Errorf("150 MiB touched by a program of a container server: %+v, %v", u, err)
		}
	}
}

func TestManyGroupsAtOnce(t *testing.T) {
	tree := newTree(t)
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			g, err := tree.NewGroup("c"+strconv.Itoa(i), nil)
			if err != nil {
				t.Error(err)
				return
			}
			for range 3 {
				u, _, err := run(t, g, cgroup.Limits{MemoryBytes: 128 * mib, Pids: 40}, "touch", 10+i)
				if err != nil || u.PeakBytes < int64(10+i)*mib || u.PeakBytes > int64(40+i)*mib {
					t.Errorf("group %d: %+v, %v", i, u, err)
				}
			}
			if err := g.Remove(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

func TestRefusals(t *testing.T) {
	tree := newTree(t)
	for _, name := range []string{"", ".", "..", "a/b"} {
		if _, err := tree.NewGroup(name, nil); err == nil {
			t.Errorf("NewGroup(%q) gives no error", name)
		}
	}
	if _, err := tree.NewGroup("c0", []int{99999}); err == nil {
		t.Error("a core that does not exist is accepted")
	}
	g, err := tree.NewGroup("c0", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := g.Start(cgroup.Limits{MemoryBytes: -1}); err == nil {
		t.Error("a negative limit is accepted")
	}
}

func TestProbeWithoutRights(t *testing.T) {
	const nobody = 65534
	sandboxtest.Require(t, sandboxtest.Root, sandboxtest.Cgroup)
	sandboxtest.NoLeaks(t)
	cmd := program(cgroup.Entry{}, "probe", 0)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	out, err := cmd.CombinedOutput()
	text := string(out)
	if err != nil || !strings.HasPrefix(text, "true ") || !strings.Contains(text, "Delegate=yes") ||
		strings.Count(text, "\n") != 1 {
		t.Errorf("Probe as nobody: %v, %s", err, text)
	}
	t.Log(text)
}

func populated(t *testing.T, g *cgroup.Group) bool {
	t.Helper()
	is, err := g.Populated()
	if err != nil {
		t.Fatal(err)
	}
	return is
}

// await polls until claim holds.
func await(t *testing.T, what string, claim func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	deadline := time.After(20 * time.Second)
	for !claim() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("gave up waiting for %s", what)
		}
	}
}

// TestStalled: what a run waits for its core is told whole, also of processes that have long ended.
func TestStalled(t *testing.T) {
	tree := newTree(t)
	var cores unix.CPUSet
	if err := unix.SchedGetaffinity(0, &cores); err != nil {
		t.Fatal(err)
	}
	core := 0
	for !cores.IsSet(core) {
		core++
	}
	g, err := tree.NewGroup("c0", []int{core})
	if err != nil {
		t.Fatal(err)
	}
	defer g.Remove()
	entry, err := g.Start(cgroup.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := g.Stalled(); !ok {
		if _, err := os.ReadFile("/proc/pressure/cpu"); err == nil && entry.Dir != nil {
			t.Error("a kernel that accounts for stalls is not asked")
		}
		return
	}
	var only unix.CPUSet
	only.Set(core)
	sandboxtest.Crowd(t, &only, 3)
	began := time.Now()
	if out, err := program(entry, "children", 12).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	wall := time.Since(began)
	stalled, ok := g.Stalled()
	u, err := g.Usage()
	if err != nil || !ok {
		t.Fatal(err, ok)
	}
	// It never sleeps, but for the ends of its children.
	if waited := wall - u.CPU; stalled < waited*8/10 || stalled > wall {
		t.Errorf("stalled for %v in %v, of which %v on a core", stalled, wall, u.CPU)
	}
}
