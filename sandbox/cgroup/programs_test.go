package cgroup_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/sandbox/cgroup"

	"go.uber.org/goleak"
)

const (
	mib = 1 << 20
	// actAs makes this test binary play a program: what it does, and its argument.
	actAs = "GAVEL_CGROUP_TEST_ACT"
)

func TestMain(m *testing.M) {
	act, arg, found := strings.Cut(os.Getenv(actAs), " ")
	if !found {
		goleak.VerifyTestMain(m)
		return
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

// delegatedTests are the flags for the tests that run once more in a delegated group.
func delegatedTests() []string {
	return []string{
		"-test.v", "-test.run",
		"^(TestMemoryLimitKills|TestPidsLimit|TestPeakIsOfThisRun|TestPlacedFromUserNamespace|TestStartServer)$",
	}
}

// acts are the programs.
var acts = map[string]func(int){
	"worker": playWorker,
	// probe prints why control groups are not to be had.
	"probe": func(int) {
		_, err := cgroup.Probe()
		fmt.Println(errors.Is(err, cgroup.ErrUnavailable), err)
	},
	// own mounts the control groups of this namespace, as containers do, and becomes the delegated tests.
	"own": func(int) {
		// The same file system cannot be mounted on top of itself.
		if err := unix.Unmount("/sys/fs/cgroup", unix.MNT_DETACH); err != nil {
			panic(err)
		}
		if err := unix.Mount("none", "/sys/fs/cgroup", "cgroup2", 0, ""); err != nil {
			panic(err)
		}
		panic(unix.Exec("/proc/self/exe", append(os.Args[:1:1], delegatedTests()...), []string{"GAVEL_REQUIRE=" + os.Getenv("GAVEL_REQUIRE"), "PATH=" + os.Getenv("PATH")}))
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
	// children starts that many programs, one after the other, that spin for 5 ms each.
	"children": func(n int) {
		for range n {
			cmd := exec.Command("/proc/self/exe")
			cmd.Env = []string{actAs + "=spin 5"}
			if err := cmd.Run(); err != nil {
				panic(err)
			}
		}
	},
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
