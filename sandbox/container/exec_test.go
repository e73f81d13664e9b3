package container

import (
	"errors"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/sandbox/forkexec"
)

func TestExecFailures(t *testing.T) {
	c := ready(t)
	put(t, c, "/w/text", "this is no program\n")
	put(t, c, "/w/interpreter", "#!/missing/interpreter\n")
	mustSh(t, c, "cp /w/text /tmp/run && chmod 755 /tmp/run && cp /w/interpreter /tmp/script && chmod 755 /tmp/script")
	for _, test := range []struct {
		name string
		x    Exec
		step string
		want error
	}{
		{"missing", Exec{Args: []string{"/missing"}}, "exec", unix.ENOENT},
		{"missing in PATH", Exec{Args: []string{"no-such-program"}}, "exec", unix.ENOENT},
		{"below a file", Exec{Args: []string{"/w/text/x"}}, "exec", unix.ENOTDIR},
		{"a directory", Exec{Args: []string{"/w"}}, "exec", unix.EACCES},
		{"a text file that is not executable", Exec{Args: []string{"/w/text"}}, "exec", unix.EACCES},
		{"a text file that is", Exec{Args: []string{"/tmp/run"}}, "exec", unix.ENOEXEC},
		{"a script without its interpreter", Exec{Args: []string{"/tmp/script"}}, "exec", unix.ENOENT},
		{"no arguments", Exec{}, "execve", unix.EINVAL},
		{"an empty name", Exec{Args: []string{""}}, "exec", unix.ENOENT},
		{"a zero byte", Exec{Args: []string{"/bin/tr\x00ue"}}, "execve", unix.EINVAL},
		{"a missing directory", Exec{Args: []string{"/bin/true"}, Dir: "/w/none"}, "directory", unix.ENOENT},
		{"a file as directory", Exec{Args: []string{"/bin/true"}, Dir: "/w/text"}, "directory", unix.ENOTDIR},
		{"a limit that does not exist", Exec{Args: []string{"/bin/true"}, RLimits: []forkexec.RLimit{{Resource: 200}}}, "rlimit", unix.EINVAL},
		{"a directory to make below a file", Exec{Args: []string{"/bin/true"}, MakeDirs: []string{"/w/text/d"}}, "execve", unix.ENOTDIR},
		{"a directory to make by a relative path", Exec{Args: []string{"/bin/true"}, MakeDirs: []string{"d"}}, "mkdir", unix.EINVAL},
		{"a filter of half an instruction", Exec{Args: []string{"/bin/true"}, Seccomp: []byte{1, 2, 3}}, "", unix.EINVAL},
		{"an argument beyond the kernel's bound", Exec{Args: []string{"/bin/true", strings.Repeat("x", 140<<10)}}, "exec", unix.E2BIG},
	} {
		t.Run(test.name, func(t *testing.T) {
			if err := c.Execve(&test.x); err != nil {
				t.Fatal(err)
			}
			pid, finished, err := next(c)
			var refused *ExecError
			if !errors.As(err, &refused) || !errors.Is(err, test.want) || test.step != "" && refused.Step != test.step {
				t.Fatalf("Execve = %d, %+v, %#v (%v), want *ExecError of step %q with %v", pid, finished, err, err, test.step, test.want)
			}
			alive(t, c)
		})
	}
	if got := mustSh(t, c, "echo still here"); got != "still here\n" {
		t.Errorf("after the failures sh printed %q", got)
	}
}

func TestLongArguments(t *testing.T) {
	c := ready(t)
	args := []string{"/bin/sh", "-c", `echo $# $(printf %s "$@" | wc -c)`, "sh"}
	for range 1000 {
		args = append(args, strings.Repeat("a", 100))
	}
	out := memFile(t, "")
	if f := run(t, c, &Exec{Args: args, Files: []*os.File{devNull(t), out, out}}); f.Status != 0 {
		t.Errorf("status %#x, want 0", uint32(f.Status))
	}
	if got := readAll(t, out); got != "1000 100000\n" {
		t.Errorf("printed %q, want 1000 arguments with 100000 bytes", got)
	}
}

func TestManyFiles(t *testing.T) {
	c := ready(t)
	out := memFile(t, "")
	files := []*os.File{devNull(t), out, out}
	for len(files) < 200 {
		files = append(files, memFile(t, "x"))
	}
	if f := run(t, c, &Exec{Args: []string{"/bin/bash", "-c", "n=0; for i in {0..250}; do [ -e /proc/$$/fd/$i ] && n=$((n+1)); done; echo $n; cat <&199"}, Files: files}); f.Status != 0 {
		t.Errorf("status %#x, want 0", uint32(f.Status))
	}
	if got := readAll(t, out); got != "200\nx" {
		t.Errorf("printed %q, want 200 descriptors and what is in the last", got)
	}
}

func TestPidIsThatOfTheHost(t *testing.T) {
	c := ready(t)
	pid := begin(t, c, &Exec{Args: []string{"/bin/sleep", "1000"}})
	var cmdline []byte
	var err error
	for err == nil && len(cmdline) == 0 { // while the kernel replaces one program by the other, there is none
		cmdline, err = os.ReadFile("/proc/" + strconv.Itoa(pid) + "/cmdline")
	}
	if err != nil || string(cmdline) != "/bin/sleep\x001000\x00" {
		t.Errorf("process %d of the host is %q, %v, want the program", pid, cmdline, err)
	}
	if err := c.Kill(); err != nil {
		t.Fatal(err)
	}
	if f := end(t, c); f.Status.Signal() != syscall.SIGKILL {
		t.Errorf("status %#x, want SIGKILL", uint32(f.Status))
	}
	if exists(pid) {
		t.Errorf("process %d is there after finished", pid)
	}
}

// A kill that follows an execve at once must end the program, whenever it arrives.
func TestKillRightAfterExecve(t *testing.T) {
	c := ready(t)
	for range 50 {
		if err := c.Execve(&Exec{Args: []string{"/bin/sleep", "1000"}}); err != nil {
			t.Fatal(err)
		}
		if err := c.Kill(); err != nil {
			t.Fatal(err)
		}
		if f := end(t, c); f.Status.Signal() != syscall.SIGKILL {
			t.Fatalf("status %#x, want SIGKILL", uint32(f.Status))
		}
	}
	alive(t, c)
}

// A kill may cross with the end of its program; what follows must not be hit by it, nor wait for a reply.
func TestKillThatCrossesTheEnd(t *testing.T) {
	c := ready(t)
	for range 100 {
		if err := c.Execve(&Exec{Args: []string{"/bin/true"}}); err != nil {
			t.Fatal(err)
		}
		if err := c.Kill(); err != nil {
			t.Fatal(err)
		}
		if f := end(t, c); f.Status != 0 && f.Status.Signal() != syscall.SIGKILL {
			t.Fatalf("status %#x, want exit 0 or SIGKILL", uint32(f.Status))
		}
		if err := c.Reset(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

func TestFinishedMeansThatAllAreGone(t *testing.T) {
	c := ready(t)
	for range 5 {
		mustSh(t, c, "for i in 1 2 3 4 5; do (trap '' TERM HUP INT; setsid sleep 1000 & sleep 1000) & done; true")
		if pids := containerPids(t, c.Pid()); len(pids) != 0 {
			t.Fatalf("processes %v are alive after finished", pids)
		}
	}
}

// containerPids lists the processes on the host that share the pid namespace of the server, itself left out.
func containerPids(t testing.TB, server int) []string {
	t.Helper()
	want, err := os.Readlink("/proc/" + strconv.Itoa(server) + "/ns/pid")
	if err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir("/proc")
	if err != nil {
		t.Fatal(err)
	}
	var pids []string
	for _, e := range entries {
		ns, err := os.Readlink("/proc/" + e.Name() + "/ns/pid")
		if err == nil && ns == want && e.Name() != strconv.Itoa(server) {
			pids = append(pids, e.Name())
		}
	}
	return pids
}

func TestDefaultsOfExec(t *testing.T) {
	c := ready(t)
	if got, want := mustSh(t, c, "pwd; echo $HOME $PATH; id -u; id -g; id -G; hostname"), "/w\n/w /usr/bin:/bin\n1000\n1000\n1000\nbox\n"; got != want {
		t.Errorf("program found %q, want %q", got, want)
	}
	out := memFile(t, "")
	run(t, c, &Exec{
		Args: []string{"sh", "-c", "pwd; echo $A; stat -c '%a %u' /w/made/deep"}, Env: []string{"A=b", "PATH=/bin"}, Dir: "/w/made",
		MakeDirs: []string{"/w/made", "/w/made/deep"}, Files: []*os.File{devNull(t), out, out},
	})
	if got, want := readAll(t, out), "/w/made\nb\n755 1000\n"; got != want {
		t.Errorf("program found %q, want %q", got, want)
	}
}
