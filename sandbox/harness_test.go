package sandbox_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gaveloj/gavel/sandbox"
	"github.com/gaveloj/gavel/sandbox/cgroup"
	"github.com/gaveloj/gavel/sandbox/pool"
	"github.com/gaveloj/gavel/sandbox/sandboxtest"
)

// patience is how long a test waits for what must come, however busy the machine.
const patience = 30 * time.Second

// generous limits stop only what has gone wrong.
func generous() sandbox.Limits {
	return sandbox.Limits{CPU: sandboxtest.Slow(20 * time.Second), Wall: sandboxtest.Slow(patience), Memory: 256 * sandbox.MiB, Output: sandbox.MiB, Pids: 64}
}

func require(t testing.TB) {
	t.Helper()
	sandboxtest.Require(t, sandboxtest.Root, sandboxtest.Cgroup, compiled)
	sandboxtest.NoLeaks(t)
}

func programs() pool.Mount {
	return pool.Mount{Source: os.Getenv(programsEnv), Target: programsDir}
}

// newPool makes a pool that the test closes.
func newPool(t testing.TB, slots int) *pool.Pool {
	t.Helper()
	require(t)
	p, err := pool.New(t.Context(), pool.Config{Slots: slots, Mounts: []pool.Mount{programs()}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Errorf("Close() of the pool = %v", err)
		}
	})
	return p
}

// newBox makes a container as the judge uses it.
func newBox(t testing.TB) *sandbox.Sandbox {
	t.Helper()
	box, err := newPool(t, 1).Lease(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return box
}

// newUnfilteredBox makes a container without the seccomp policy: what holds in it holds by namespaces, ids and
// mounts alone.
func newUnfilteredBox(t testing.TB) *sandbox.Sandbox {
	t.Helper()
	require(t)
	host, err := cgroup.Probe()
	if err != nil {
		t.Fatal(err)
	}
	tree, err := host.NewTree()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := tree.Close(); err != nil {
			t.Errorf("Close() of the tree = %v", err)
		}
	})
	box, err := sandbox.New(t.Context(), tree, sandbox.Config{
		Name: "unfiltered", IDBase: 1_895_000_000, Mounts: append(sandbox.DefaultMounts(), programs()),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := box.Close(); err != nil {
			t.Errorf("Close() of the container = %v", err)
		}
	})
	return box
}

// run runs a command that can be started.
func run(t testing.TB, box *sandbox.Sandbox, cmd sandbox.Command) sandbox.Result {
	t.Helper()
	if cmd.Limits == (sandbox.Limits{}) {
		cmd.Limits = generous()
	}
	res, err := box.Run(t.Context(), cmd)
	if err != nil {
		t.Fatalf("Run(%.200q) = %v", fmt.Sprint(cmd.Args), err)
	}
	return res
}

// program is a program of testdata with its arguments.
func program(name string, args ...string) []string {
	return append([]string{programsDir + "/" + name}, args...)
}

// script is a shell script with its arguments.
func script(text string, args ...string) []string {
	return append([]string{"/bin/sh", "-c", text, "sh"}, args...)
}

// output runs a command that must exit 0, and returns what it printed on both streams.
func output(t testing.TB, box *sandbox.Sandbox, args []string) string {
	t.Helper()
	res := run(t, box, sandbox.Command{Args: args})
	if res.Outcome != sandbox.OutcomeExited || res.ExitCode != 0 || res.KilledBy != sandbox.KillNone {
		t.Fatalf("Run(%.200q): %s", fmt.Sprint(args), describe(res))
	}
	return string(res.Stdout) + string(res.Stderr)
}

// describe is a Result without what would fill the screen.
func describe(r sandbox.Result) string {
	return fmt.Sprintf("%v, exit code %d, signal %v, killed by %q, cpu %v, wall %v, peak %d KiB, oom kills %d, output %d bytes, stdout %.300q, stderr %.300q",
		r.Outcome, r.ExitCode, r.Signal, r.KilledBy, r.CPU, r.Wall, r.PeakMemory/sandbox.KiB, r.OOMKills, r.OutputBytes, r.Stdout, r.Stderr)
}

// ending is the part of a Result that says how a run ended.
type ending struct {
	Outcome  sandbox.Outcome
	ExitCode int
	Signal   syscall.Signal
	KilledBy sandbox.KillCause
}

func endingOf(r sandbox.Result) ending { return ending{r.Outcome, r.ExitCode, r.Signal, r.KilledBy} }

func exited(code int) ending { return ending{Outcome: sandbox.OutcomeExited, ExitCode: code} }

func killed(cause sandbox.KillCause) ending {
	return ending{Outcome: sandbox.OutcomeSignaled, Signal: syscall.SIGKILL, KilledBy: cause}
}

// wantEnding checks how a run ended.
func wantEnding(t testing.TB, r sandbox.Result, want ending) {
	t.Helper()
	if endingOf(r) != want {
		t.Errorf("run ended as %+v, want %+v: %s", endingOf(r), want, describe(r))
	}
}

// usable checks that the container still runs programs as a new one does.
func usable(t testing.TB, box *sandbox.Sandbox) {
	t.Helper()
	if got := output(t, box, script("echo well")); got != "well\n" {
		t.Errorf("after it the container printed %q", got)
	}
}

func reset(t testing.TB, box *sandbox.Sandbox) {
	t.Helper()
	if err := box.Reset(t.Context()); err != nil {
		t.Fatalf("Reset() = %v", err)
	}
}

// alone checks that the container server is the only process in its container.
func alone(t testing.TB, box *sandbox.Sandbox) {
	t.Helper()
	if pids := members(t, box.Pid()); !slices.Equal(pids, []int{box.Pid()}) {
		t.Errorf("processes %v are in the container, want only the server %d", pids, box.Pid())
	}
}

// members lists the processes of the host that are in the pid namespace of pid.
func members(t testing.TB, pid int) []int {
	t.Helper()
	want, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/pid", pid))
	if err != nil {
		t.Fatal(err)
	}
	links, err := filepath.Glob("/proc/[0-9]*/ns/pid")
	if err != nil {
		t.Fatal(err)
	}
	var pids []int
	for _, link := range links {
		ns, err := os.Readlink(link)
		number, numberErr := strconv.Atoi(strings.Split(link, "/")[2])
		if err == nil && numberErr == nil && ns == want {
			pids = append(pids, number)
		}
	}
	slices.Sort(pids)
	return pids
}

// uids are the real, effective, saved and file system uid of a process, as the host sees them.
func uids(t testing.TB, pid int) []string {
	t.Helper()
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(data) {
		if rest, ok := bytes.CutPrefix(line, []byte("Uid:")); ok {
			return strings.Fields(string(rest))
		}
	}
	t.Fatalf("no uid in the status of process %d", pid)
	return nil
}

// backgroundError starts a command and returns once it runs; wait gives the error that it ends with.
func backgroundError(t testing.TB, box *sandbox.Sandbox, cmd sandbox.Command) (wait func() error) {
	t.Helper()
	r, w := pipe(t)
	cmd.ExtraFiles = append([]*os.File{w}, cmd.ExtraFiles...)
	cmd.Args = script(`printf x >&3; exec "$@"`, cmd.Args...)
	done := make(chan error, 1)
	go func() { // joined by wait
		_, err := box.Run(t.Context(), cmd)
		done <- err
	}()
	if _, err := r.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	return func() error { return <-done }
}

// pipe makes a pipe that is closed with the test.
func pipe(t testing.TB) (r, w *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = r.Close(), w.Close() })
	return r, w
}

// memFile is a sealed file in memory that is closed with the test.
func memFile(t testing.TB, data string) *os.File {
	t.Helper()
	f, err := sandbox.MemFile("test", []byte(data))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}
