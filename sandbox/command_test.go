package sandbox_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/sandbox"
)

func TestCommand(t *testing.T) {
	box := newBox(t)
	for _, test := range []struct {
		name string
		cmd  sandbox.Command
		want string
	}{
		{"looked up in PATH", sandbox.Command{Args: []string{"echo", "a", "", "b c"}}, "a  b c\n"},
		{
			"default directory and environment",
			sandbox.Command{Args: []string{"/bin/sh", "-c", "pwd; env | sort"}},
			"/w\nHOME=/w\nLANG=C.UTF-8\nPATH=/usr/local/bin:/usr/bin:/bin:/usr/local/go/bin\nPWD=/w\n",
		},
		{"own environment, and nothing else", sandbox.Command{Args: []string{"/usr/bin/env"}, Env: []string{"A=1", "B="}}, "A=1\nB=\n"},
		{"own PATH", sandbox.Command{Args: []string{"descriptors"}, Env: []string{"PATH=/nowhere:" + programsDir}}, "0\n1\n2\n"},
		{"directory", sandbox.Command{Args: []string{"pwd"}, Dir: "/usr"}, "/usr\n"},
		{"directory relative to the work directory", sandbox.Command{Args: []string{"pwd"}, Dir: "sub/x", MakeDirs: []string{"sub/x"}}, "/w/sub/x\n"},
		{"directories that are made", sandbox.Command{
			Args:     script("stat -c '%n %a %u' one /tmp/two /tmp/two/three; touch one/x /tmp/two/three/x"),
			MakeDirs: []string{"one", "/tmp/two/three", "one"},
		}, "one 755 1000\n/tmp/two 755 0\n/tmp/two/three 755 1000\n"},
		{"who it is", sandbox.Command{Args: script("id -u; id -g; id -G; hostname; umask")}, "1000\n1000\n1000\ngavel\n0022\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			reset(t, box)
			res := run(t, box, test.cmd)
			if string(res.Stdout) != test.want || res.ExitCode != 0 {
				t.Errorf("printed %q, want %q: %s", res.Stdout, test.want, describe(res))
			}
		})
	}
}

func TestExecutableByDescriptor(t *testing.T) {
	box := newBox(t)
	exe, err := os.Open("/bin/sh")
	if err != nil {
		t.Fatal(err)
	}
	defer exe.Close()
	res := run(t, box, sandbox.Command{Args: []string{"named", "-c", "echo $0"}, Executable: exe})
	if string(res.Stdout) != "named\n" {
		t.Errorf("printed %q, want the name that it was given", res.Stdout)
	}
}

func TestStartErrors(t *testing.T) {
	box := newBox(t)
	for _, test := range []struct {
		name string
		cmd  sandbox.Command
		step string
		want error
	}{
		{"missing", sandbox.Command{Args: []string{"/no/such"}}, "exec", unix.ENOENT},
		{"missing in PATH", sandbox.Command{Args: []string{"no-such"}}, "exec", unix.ENOENT},
		{"a directory", sandbox.Command{Args: []string{"/usr"}}, "exec", unix.EACCES},
		{"no arguments", sandbox.Command{}, "execve", unix.EINVAL},
		{"an empty name", sandbox.Command{Args: []string{""}}, "exec", unix.ENOENT},
		{"a missing directory", sandbox.Command{Args: []string{"true"}, Dir: "none"}, "directory", unix.ENOENT},
	} {
		t.Run(test.name, func(t *testing.T) {
			res, err := box.Run(t.Context(), test.cmd)
			var start *sandbox.StartError
			if !errors.As(err, &start) || !errors.Is(err, test.want) || start.Step != test.step {
				t.Fatalf("Run() = %s, %#v, want *StartError of step %q with %v", describe(res), err, test.step, test.want)
			}
			if box.Broken() != nil {
				t.Errorf("Broken() = %v, want a container that still serves", box.Broken())
			}
			usable(t, box)
		})
	}
}

// TestNotStarted runs files that somebody brought, and argument lists, that the kernel refuses.
func TestNotStarted(t *testing.T) {
	box := newBox(t)
	script := func(path, interpreter string) sandbox.File {
		return sandbox.File{Path: path, Data: []byte("#!" + interpreter + "\n"), Mode: 0o755}
	}
	err := box.Put(t.Context(),
		sandbox.File{Path: "text", Data: []byte("text"), Mode: 0o755}, sandbox.File{Path: "closed", Data: []byte("#!/bin/sh\n")},
		script("missing", "/no/such"), script("/tmp/directory", "/usr"), script("loop", "/w/loop"), script("below", "/etc/passwd/x"),
	)
	if err != nil {
		t.Fatal(err)
	}
	text, err := box.Open(t.Context(), "text")
	if err != nil {
		t.Fatal(err)
	}
	defer text.Close()
	for _, test := range []struct {
		name string
		cmd  sandbox.Command
		want unix.Errno
	}{
		{"a text", sandbox.Command{Args: []string{"./text"}}, unix.ENOEXEC},
		{"a text by descriptor", sandbox.Command{Args: []string{"x"}, Executable: text}, unix.ENOEXEC},
		{"what may not be executed", sandbox.Command{Args: []string{"./closed"}}, unix.EACCES},
		{"an interpreter that is missing", sandbox.Command{Args: []string{"/w/missing"}}, unix.ENOENT},
		{"an interpreter that is a directory", sandbox.Command{Args: []string{"/tmp/directory"}}, unix.EACCES},
		{"an interpreter below a file", sandbox.Command{Args: []string{"/w/../w/below"}}, unix.ENOTDIR},
		{"an interpreter that is the script", sandbox.Command{Args: []string{"./loop"}}, unix.ELOOP},
		{"a file that is not there", sandbox.Command{Args: []string{"./none"}}, unix.ENOENT},
		{"too long an argument", sandbox.Command{Args: []string{"true", strings.Repeat("x", 150<<10)}}, unix.E2BIG},
		{"arguments beyond the message", sandbox.Command{Args: []string{"true", strings.Repeat("x", 1<<20)}}, unix.E2BIG},
		{"too many arguments", sandbox.Command{Args: make([]string, 20_000)}, unix.E2BIG},
		{"too many directories", sandbox.Command{Args: []string{"true"}, MakeDirs: make([]string, 20_000)}, unix.E2BIG},
	} {
		t.Run(test.name, func(t *testing.T) {
			res, err := box.Run(t.Context(), test.cmd)
			if want := (sandbox.Result{Outcome: sandbox.OutcomeNotStarted, Errno: test.want}); err != nil || !cmp.Equal(res, want, cmpopts.IgnoreUnexported(sandbox.Result{})) {
				t.Fatalf("Run() = %s %v, %v, want that it was not started: %v", describe(res), res.Errno, err, test.want)
			}
			usable(t, box)
		})
	}
}

func TestLostContainer(t *testing.T) {
	box := newUnfilteredBox(t)
	wait := backgroundError(t, box, sandbox.Command{Args: []string{"sleep", "1000"}})
	if err := unix.Kill(box.Pid(), unix.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if err := wait(); !errors.Is(err, sandbox.ErrLost) {
		t.Errorf("Run() when pid 1 is killed = %v, want ErrLost", err)
	}
	if !errors.Is(box.Broken(), sandbox.ErrLost) {
		t.Errorf("Broken() = %v, want ErrLost", box.Broken())
	}
	if err := box.Ping(t.Context()); !errors.Is(err, sandbox.ErrLost) {
		t.Errorf("Ping() = %v, want ErrLost", err)
	}
	if err := box.Reset(t.Context()); !errors.Is(err, sandbox.ErrLost) {
		t.Errorf("Reset() = %v, want ErrLost", err)
	}
	if err := box.Put(t.Context(), sandbox.File{Path: "x"}); !errors.Is(err, sandbox.ErrLost) {
		t.Errorf("Put() = %v, want ErrLost", err)
	}
	if _, err := box.Run(t.Context(), sandbox.Command{Args: []string{"true"}}); !errors.Is(err, sandbox.ErrLost) {
		t.Errorf("Run() = %v, want ErrLost", err)
	}
	if err := errors.Join(box.Close(), box.Close()); err != nil {
		t.Errorf("Close() twice = %v", err)
	}
}

// A pool that closes ends containers in the middle of their runs.
func TestCloseDuringARun(t *testing.T) {
	box := newUnfilteredBox(t)
	wait := backgroundError(t, box, sandbox.Command{Args: []string{"sleep", "1000"}})
	if err := box.Close(); err != nil {
		t.Errorf("Close() = %v", err)
	}
	if err := wait(); !errors.Is(err, sandbox.ErrLost) {
		t.Errorf("Run() when the container is closed = %v, want ErrLost", err)
	}
	for name, call := range map[string]func() error{
		"Ping":    func() error { return box.Ping(t.Context()) },
		"Reset":   func() error { return box.Reset(t.Context()) },
		"Put":     func() error { return box.Put(t.Context(), sandbox.File{Path: "x"}) },
		"Open":    func() error { _, err := box.Open(t.Context(), "x"); return err },
		"Collect": func() error { _, err := box.Collect(t.Context(), "x", 1); return err },
		"Run":     func() error { _, err := box.Run(t.Context(), sandbox.Command{Args: []string{"true"}}); return err },
	} {
		if err := call(); !errors.Is(err, sandbox.ErrLost) {
			t.Errorf("%s() after Close() = %v, want ErrLost", name, err)
		}
	}
}
