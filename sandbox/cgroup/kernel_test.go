package cgroup_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
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

const (
	mib = 1 << 20
	// actAs makes this test binary play a program: what it does, and its argument.
	actAs = "GAVEL_CGROUP_TEST_ACT"
)

func TestMain(m *testing.M) {
	act, arg, found := strings.Cut(os.Getenv(actAs), " ")
	if !found {
		os.Exit(m.Run())
	}
	if entries, ok := strings.CutPrefix(act, "enter:"); ok {
		enter(entries, arg)
	}
	n, err := strconv.Atoi(arg)
	if err != nil {
		panic(err)
	}
	acts[act](n)
}

// enter goes into the groups behind the descriptors 3, 4, ... and becomes the program. Only the calling
// thread moves; exec ends the others.
func enter(count, next string) {
	runtime.LockOSThread()
	n, err := strconv.Atoi(count)
	if err != nil {
		panic(err)
	}
	for fd := 3; fd < 3+n; fd++ {
		if _, err := unix.Write(fd, []byte("0")); err != nil {
			panic(err)
		}
	}
	panic(unix.Exec("/proc/self/exe", os.Args, []string{actAs + "=" + next}))
}

// acts are the programs.
var acts = map[string]func(int){
	"worker": playWorker,
	// probe prints why control groups are not to be had.
	"probe": func(int) {
		_, err := cgroup.Probe()
		fmt.Println(errors.Is(err, cgroup.ErrUnavailable), err)
	},
	// sweep removes what dead workers left.
	"sweep": func(int) {
		if err := removeStale(); err != nil {
			panic(err)
		}
	},
	// touch uses that many MiB and ends.
	"touch": func(n int) { touch(n) },
	// spin uses that many milliseconds of CPU time.
	"spin": spin,
	// orphan leaves a grandchild that spins for that many milliseconds, which nobody of the program reaps.
	"orphan": func(n int) {
		cmd := exec.Command("/proc/self/exe")
		cmd.Env = []string{fmt.Sprintf("%s=spin %d", actAs, n)}
		cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
		if err := cmd.Start(); err != nil {
			panic(err)
		}
	},
	// fork starts up to that many sleepers and prints how many it got.
	"fork": func(n int) {
		started := 0
		for range n {
			cmd := exec.Command("/bin/sleep", "1000")
			if cmd.Start() != nil {
				break
			}
			started++
		}
		fmt.Println(started)
	},
	// hold writes 100 MiB to that descriptor of the parent.
	"hold": func(fd int) {
		name := fmt.Sprintf("/proc/%d/fd/%d", os.Getppid(), fd)
		if err := os.WriteFile(name, make([]byte, 100*mib), 0); err != nil {
			panic(err)
		}
	},
	// place plays a container server: at the end of its input it starts a program that touches 150 MiB, in the
	// group behind descriptor 3, or behind that many descriptors from 3 on.
	"place": func(tasks int) {
		if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
			panic(err)
		}
		entry := cgroup.Entry{Dir: os.NewFile(3, "group")}
		for fd := range tasks {
			entry = cgroup.Entry{Tasks: append(entry.Tasks, os.NewFile(uintptr(3+fd), "tasks"))}
		}
		if out, err := program(entry, "touch", 150).CombinedOutput(); err != nil {
			panic(fmt.Sprintf("%v: %s", err, out))
		}
	},
	// wait says that it is there and then waits to be killed.
	"wait": func(int) {
		fmt.Println("here")
		select {}
	},
}

func touch(n int) {
	data, err := unix.Mmap(-1, 0, n*mib, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err != nil {
		panic(err)
	}
	for i := 0; i < len(data); i += os.Getpagesize() {
		data[i] = 1
	}
}

func spin(n int) {
	var use unix.Rusage
	for use.Utime.Nano()+use.Stime.Nano() < int64(n)*int64(time.Millisecond) {
		if err := unix.Getrusage(unix.RUSAGE_SELF, &use); err != nil {
			panic(err)
		}
	}
}

// program prepares act to run in the group of entry.
func program(entry cgroup.Entry, act string, arg int) *exec.Cmd {
	cmd := exec.Command("/proc/self/exe")
	if entry.Dir != nil {
		cmd.Env = []string{fmt.Sprintf("%s=%s %d", actAs, act, arg)}
		cmd.SysProcAttr = &syscall.SysProcAttr{UseCgroupFD: true, CgroupFD: int(entry.Dir.Fd())}
		return cmd
	}
	if len(entry.Tasks) == 0 {
		cmd.Env = []string{fmt.Sprintf("%s=%s %d", actAs, act, arg)}
		return cmd
	}
	cmd.Env = []string{fmt.Sprintf("%s=enter:%d %s %d", actAs, len(entry.Tasks), act, arg)}
	cmd.ExtraFiles = entry.Tasks
	return cmd
}

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
	for _, limit := range []int{20, 30} {
		_, out, err := run(t, g, cgroup.Limits{Pids: limit}, "fork", 100)
		started, convErr := strconv.Atoi(out)
		if convErr != nil || started >= limit || started < limit/2-5 {
			t.Errorf("started %q of 100 under a limit of %d: %v, %v", out, limit, err, convErr)
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

func TestLimitBelowWhatIsHeld(t *testing.T) {
	g := newGroup(t)
	fd, err := unix.MemfdCreate("held", unix.MFD_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	held := os.NewFile(uintptr(fd), "held")
	defer held.Close()
	u, _, err := run(t, g, cgroup.Limits{}, "hold", fd)
	if err != nil || u.ChargedBytes < 100*mib {
		t.Fatalf("after writing 100 MiB to a memfd: %+v, %v", u, err)
	}
	u, _, err = run(t, g, cgroup.Limits{MemoryBytes: 50 * mib}, "touch", 20)
	if err != nil || u.OOMKills != 0 || u.PeakBytes > 50*mib {
		t.Errorf("20 MiB under 50 MiB after a run that left 100 MiB: %+v, %v", u, err)
	}
}

func TestAddServer(t *testing.T) {
	tree := newTree(t)
	g, err := tree.NewGroup("c0", []int{0})
	if err != nil {
		t.Fatal(err)
	}
	cmd := program(cgroup.Entry{}, "wait", 0)
	ready := startAndRead(t, cmd)
	if ready != "here" {
		t.Fatalf("the server says %q", ready)
	}
	if err := g.AddServer(cmd.Process.Pid); err != nil {
		t.Fatal(err)
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
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(g.AddServer(cmd.Process.Pid), in.Close(), cmd.Wait()); err != nil {
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
