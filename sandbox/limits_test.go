package sandbox_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gaveloj/gavel/sandbox"
	"github.com/gaveloj/gavel/sandbox/sandboxtest"
)

// overshoot is how late a kill may come on a machine that is busy with other tests. How late it is at best is in
// exact_test.go.
const overshoot = 400 * time.Millisecond

func TestCPULimit(t *testing.T) {
	box := newBox(t)
	const limit = 200 * time.Millisecond
	for _, test := range []struct {
		name string
		args []string
	}{
		{"one thread", program("burn")},
		{"four threads", program("burn", "4")},
		{"an orphan in a session of its own", program("orphan_burner")},
		{"a child after a child", script("while :; do /bin/true; done")},
	} {
		t.Run(test.name, func(t *testing.T) {
			limits := generous()
			limits.CPU = limit
			res := run(t, box, sandbox.Command{Args: test.args, Limits: limits})
			wantEnding(t, res, killed(sandbox.KillCPU))
			if res.CPU <= limit || res.CPU > limit+overshoot {
				t.Errorf("CPU = %v, want just over %v", res.CPU, limit)
			}
			alone(t, box)
		})
	}
	usable(t, box)
}

func TestWallLimit(t *testing.T) {
	box := newBox(t)
	limit := sandboxtest.Slow(150 * time.Millisecond)
	start := run(t, box, sandbox.Command{Args: script(":")}) // each of them is at most two programs
	for _, test := range []struct {
		name string
		args []string
	}{
		{"a sleeper", []string{"sleep", "1000"}},
		{"one that has stopped itself", script("kill -STOP $$")},
		{"one that waits for input that never comes", script("mkfifo /tmp/f; read x < /tmp/f")},
		{"one that ignores signals", script("trap '' TERM INT HUP QUIT; while :; do sleep 1000; done")},
		{"one that waits for a child", script("(sleep 1000); sleep 1000")},
	} {
		t.Run(test.name, func(t *testing.T) {
			reset(t, box)
			limits := generous()
			limits.Wall = limit
			res := run(t, box, sandbox.Command{Args: test.args, Limits: limits})
			wantEnding(t, res, killed(sandbox.KillWall))
			if res.Wall < limit || res.Wall > limit+5*time.Second {
				t.Errorf("Wall = %v, want just over %v", res.Wall, limit)
			}
			if res.CPU > limit/2+2*start.CPU {
				t.Errorf("CPU = %v of one that waits, %v of one that ends at once", res.CPU, start.CPU)
			}
			alone(t, box)
		})
	}
}

func TestOutputLimit(t *testing.T) {
	box := newBox(t)
	for _, test := range []struct {
		name  string
		args  []string
		limit sandbox.Bytes
	}{
		{"both streams", program("flood"), 100 * sandbox.KiB},
		{"standard output", script("exec cat /dev/zero"), sandbox.MiB},
		{"standard error", script("exec cat /dev/zero >&2"), sandbox.MiB},
		{"a descendant", script("(setsid cat /dev/zero &) ; sleep 1000"), sandbox.MiB},
		{"a single byte", script("printf ab; sleep 1000"), 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			limits := generous()
			limits.Output, limits.Memory = test.limit, 32*sandbox.MiB
			res := run(t, box, sandbox.Command{Args: test.args, Limits: limits})
			wantEnding(t, res, killed(sandbox.KillOutput))
			if res.OutputBytes <= test.limit {
				t.Errorf("OutputBytes = %d, want more than %d", res.OutputBytes, test.limit)
			}
			if n := sandbox.Bytes(len(res.Stdout)); n > test.limit {
				t.Errorf("%d bytes of standard output kept, want at most %d", n, test.limit)
			}
			if n := sandbox.Bytes(len(res.Stderr)); n > test.limit {
				t.Errorf("%d bytes of standard error kept, want at most %d", n, test.limit)
			}
			if res.Wall > 10*time.Second || res.OOMKills != 0 {
				t.Errorf("found out late, or as a matter of memory: %s", describe(res))
			}
			alone(t, box)
		})
	}
}

func TestOutputAtTheLimit(t *testing.T) {
	box := newBox(t)
	limits := generous()
	limits.Output = 100 * sandbox.KiB
	text := "head -c 60k /dev/zero; head -c 40k /dev/zero >&2"
	res := run(t, box, sandbox.Command{Args: script(text), Limits: limits})
	wantEnding(t, res, exited(0))
	if len(res.Stdout) != 60<<10 || len(res.Stderr) != 40<<10 || res.OutputBytes != limits.Output {
		t.Errorf("%d and %d bytes kept, %d counted, want all", len(res.Stdout), len(res.Stderr), res.OutputBytes)
	}
	// A program that goes over it and ends at once has gone over it.
	res = run(t, box, sandbox.Command{Args: script(text + "; printf x"), Limits: limits})
	if res.KilledBy != sandbox.KillOutput || res.OutputBytes != limits.Output+1 {
		t.Errorf("one byte more: %s", describe(res))
	}
}

func TestCancel(t *testing.T) {
	box := newBox(t)
	for _, args := range [][]string{script("printf x >&3; sleep 1000"), script("printf x >&3; while :; do :; done")} {
		ctx, cancel := context.WithCancelCause(t.Context())
		r, w := pipe(t)
		go func() { // ends with the run at the latest
			_, _ = r.Read(make([]byte, 1)) // the program runs
			cancel(errors.New("no longer wanted"))
		}()
		res, err := box.Run(ctx, sandbox.Command{Args: args, Limits: generous(), ExtraFiles: []*os.File{w}})
		if err != nil {
			t.Fatal(err)
		}
		wantEnding(t, res, killed(sandbox.KillCancel)) // and not for its wall limit
		alone(t, box)
	}
	usable(t, box)
}

func TestEndedContext(t *testing.T) {
	box := newBox(t)
	cause := errors.New("no longer wanted")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	if res, err := box.Run(ctx, sandbox.Command{Args: script("exit 0")}); !errors.Is(err, cause) {
		t.Errorf("Run() with an ended context = %s, %v, want its cause", describe(res), err)
	}
	usable(t, box)
}

// The context of an earlier run that ends late must not touch a later one.
func TestCancelAfterTheRun(t *testing.T) {
	box := newBox(t)
	for range 20 {
		ctx, cancel := context.WithCancel(t.Context())
		res, err := box.Run(ctx, sandbox.Command{Args: script(":"), Limits: generous()})
		if err != nil {
			t.Fatal(err)
		}
		wantEnding(t, res, exited(0))
		go cancel() // whenever it comes
		wantEnding(t, run(t, box, sandbox.Command{Args: script(":")}), exited(0))
	}
}

func TestMemoryLimit(t *testing.T) {
	box := newBox(t)
	for _, test := range []struct {
		name string
		args []string
	}{
		{"heap", program("eat")},
		{"a child's heap", script("/programs/eat; exit $?")},
		{"a file in /tmp", script("cat /dev/zero > /tmp/file; exit $?")},
		{"a file in /dev/shm", script("cat /dev/zero > /dev/shm/file; exit $?")},
		{"a shell's string", []string{"/bin/bash", "-c", "s=xxxxxxxxxxxxxxxx; while :; do s=$s$s; done"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			reset(t, box)
			limits := generous()
			limits.Memory, limits.FileSize = 64*sandbox.MiB, sandbox.GiB
			res := run(t, box, sandbox.Command{Args: test.args, Limits: limits})
			if res.OOMKills == 0 || res.KilledBy != sandbox.KillNone || endingOf(res) == exited(0) {
				t.Errorf("beyond the memory limit: %s", describe(res))
			}
			if res.PeakMemory > limits.Memory || res.PeakMemory < limits.Memory*9/10 {
				t.Errorf("PeakMemory = %d, want close to the limit of %d", res.PeakMemory, limits.Memory)
			}
		})
	}
	reset(t, box)
	res := run(t, box, sandbox.Command{Args: script(":")})
	if res.OOMKills != 0 || res.PeakMemory > 20*sandbox.MiB {
		t.Errorf("the next program: %s", describe(res))
	}
}

// A program that the kernel kills although it is within its limit has no result: it would be another one on a host with more
// memory.
func TestHostWithoutMemory(t *testing.T) {
	p := newPool(t, 1)
	limits := generous()
	for _, test := range []struct {
		args   []string
		memory sandbox.Bytes
		own    bool
	}{
		{program("eat"), 256 * sandbox.MiB, false},
		{script("/programs/eat; exit 42"), 256 * sandbox.MiB, false},
		{program("eat"), 32 * sandbox.MiB, true},
	} {
		box, err := p.Lease(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		limitPool(t, 64*sandbox.MiB)
		limits.Memory = test.memory
		res, err := box.Run(t.Context(), sandbox.Command{Args: test.args, Limits: limits})
		if errors.Is(err, sandbox.ErrHostMemory) == test.own || (res.OOMKills > 0) != test.own {
			t.Errorf("%v with %d MiB: %s, %v", test.args, test.memory/sandbox.MiB, describe(res), err)
		}
		p.Release(box)
	}
}

// limitPool limits the memory of the control group that all containers of this process are in.
func limitPool(t *testing.T, limit sandbox.Bytes) {
	t.Helper()
	children, err := filepath.Glob("/proc/self/task/*/children")
	if err != nil {
		t.Fatal(err)
	}
	limited := 0
	for _, list := range children {
		pids, _ := os.ReadFile(list) // a thread that has ended has no children
		for pid := range strings.FieldsSeq(string(pids)) {
			groups, _ := os.ReadFile("/proc/" + pid + "/cgroup") // it may have ended
			for line := range strings.Lines(string(groups)) {
				limited += limitTree(strings.SplitN(strings.TrimSpace(line), ":", 3), limit)
			}
		}
	}
	if limited == 0 {
		t.Fatal("no control group of a container found")
	}
}

// limitTree limits a worker's own group, of which membership, a line of /proc/PID/cgroup, names a group below. It returns 1
// where that has a memory limit.
func limitTree(membership []string, limit sandbox.Bytes) int {
	before, below, ok := strings.Cut(membership[2], "/gavel-")
	if !ok {
		return 0
	}
	number, _, _ := strings.Cut(below, "/")
	file := filepath.Join("/sys/fs/cgroup/memory", before, "gavel-"+number, "memory.limit_in_bytes")
	if membership[0] == "0" {
		file = filepath.Join("/sys/fs/cgroup", before, "gavel-"+number, "memory.max")
	}
	if os.WriteFile(file, fmt.Append(nil, int64(limit)), 0o644) != nil {
		return 0
	}
	return 1
}

func TestPeakMemory(t *testing.T) {
	box := newBox(t)
	for _, mib := range []sandbox.Bytes{1, 20, 100} {
		res := run(t, box, sandbox.Command{Args: program("touch", fmt.Sprint(int64(mib)))})
		wantEnding(t, res, exited(0))
		if res.PeakMemory < mib*sandbox.MiB || res.PeakMemory > (mib+4)*sandbox.MiB {
			t.Errorf("PeakMemory of a program that uses %d MiB = %d KiB, want that and at most 4 MiB more", mib, res.PeakMemory/sandbox.KiB)
		}
	}
}

func TestForkBomb(t *testing.T) {
	box := newBox(t)
	for range 2 {
		limits := generous()
		limits.CPU, limits.Wall, limits.Pids = 500*time.Millisecond, 10*time.Second, 64
		res := run(t, box, sandbox.Command{Args: program("fork_bomb"), Limits: limits})
		wantEnding(t, res, killed(sandbox.KillCPU))
		alone(t, box)
		reset(t, box)
		usable(t, box)
	}
}

func TestPidsLimit(t *testing.T) {
	box := newBox(t)
	limits := generous()
	limits.Pids = 10
	res := run(t, box, sandbox.Command{Args: script("for i in $(seq 30); do sleep 1000 & done"), Limits: limits})
	if res.ExitCode == 0 || !strings.Contains(string(res.Stderr), "fork") {
		t.Errorf("30 processes under a limit of 10: %s", describe(res))
	}
	usable(t, box)
}

func TestOtherLimits(t *testing.T) {
	box := newBox(t)
	limits := generous()
	limits.OpenFiles, limits.FileSize, limits.Stack = 20, 8192, 16*sandbox.MiB
	res := run(t, box, sandbox.Command{Args: []string{"/bin/bash", "-c", "ulimit -n; ulimit -Hn; ulimit -f; ulimit -s; ulimit -c; ulimit -n 30 || echo refused"}, Limits: limits})
	if got, want := string(res.Stdout), "20\n20\n8\n16384\n0\nrefused\n"; got != want {
		t.Errorf("program found limits %q, want %q", got, want)
	}
}
