package container

import (
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

// nulls opens n descriptors to send along; the copies of this process are closed with the test.
func nulls(t testing.TB, n int) []int {
	t.Helper()
	f := devNull(t)
	fds := make([]int, n)
	for i := range fds {
		fds[i] = int(f.Fd()) // one descriptor sent many times arrives as many
	}
	return fds
}

func TestMalformedMessages(t *testing.T) {
	c := ready(t)
	before := openDescriptors(t, c)
	for name, data := range malformed() {
		for _, n := range []int{0, 1, maxFDs} {
			raw(t, c, data, nulls(t, n)...)
			r := rawReply(t, c)
			if r.Type != replyError || r.Error.Step != "receive" || !strings.Contains(r.Error.Message, "malformed") {
				t.Errorf("%s with %d descriptors: reply %+v, error %v, want a receive error", name, n, r, r.Error)
			}
		}
	}
	alive(t, c)
	sameDescriptors(t, c, before)
}

// sameDescriptors checks that the server has nothing more open than before.
func sameDescriptors(t *testing.T, c *Client, before []string) {
	t.Helper()
	if diff := cmp.Diff(before, openDescriptors(t, c)); diff != "" {
		t.Errorf("descriptors of the container server (-before +after):\n%s", diff)
	}
}

func TestEmptyMessage(t *testing.T) {
	c := ready(t)
	before := openDescriptors(t, c)
	for _, n := range []int{0, 3} {
		raw(t, c, nil, nulls(t, n)...)
		if r := rawReply(t, c); r.Type != replyError || !strings.Contains(r.Error.Message, "malformed") {
			t.Errorf("empty message with %d descriptors: reply %+v, want a receive error", n, r)
		}
	}
	sameDescriptors(t, c, before)
}

func TestOversizedMessages(t *testing.T) {
	c := ready(t)
	before := openDescriptors(t, c)
	for _, size := range []int{maxMessage + 1, maxMessage + 100_000} {
		data := append((&cmd{Cmd: cmdPing}).append(nil), make([]byte, size)...)
		raw(t, c, data, nulls(t, 2)...)
		if r := rawReply(t, c); r.Type != replyError || !strings.Contains(r.Error.Message, "larger than the bounds") {
			t.Errorf("message of %d bytes: reply %+v, want a refusal for its size", size, r)
		}
	}
	sameDescriptors(t, c, before)
}

// What the client is asked to send beyond the bounds never leaves it, and costs nothing but an error.
func TestClientRefusesOversized(t *testing.T) {
	c := ready(t)
	err := c.Execve(&Exec{Args: []string{"/bin/true", strings.Repeat("x", maxMessage)}})
	if !errors.Is(err, syscall.EMSGSIZE) {
		t.Errorf("Execve() with %d bytes of arguments = %v, want EMSGSIZE", maxMessage, err)
	}
	null := devNull(t)
	files := make([]*os.File, maxFDs+1)
	for i := range files {
		files[i] = null
	}
	if err := c.Execve(&Exec{Args: []string{"/bin/true"}, Files: files}); !errors.Is(err, syscall.EMSGSIZE) {
		t.Errorf("Execve() with %d files = %v, want EMSGSIZE", len(files), err)
	}
	if c.Lost() != nil {
		t.Errorf("Lost() = %v, want nil", c.Lost())
	}
	alive(t, c)
}

func TestDescriptorsThatDoNotFit(t *testing.T) {
	c := ready(t)
	before := openDescriptors(t, c)
	exec := func(files, cgroups int, file bool) *cmd {
		return &cmd{Cmd: cmdExecve, ExecCmd: &execCmd{Exec: Exec{Args: []string{"/bin/true"}}, NumFiles: files, NumCgroups: cgroups, ExecFile: file}}
	}
	for _, test := range []struct {
		name string
		m    *cmd
		sent int
	}{
		{"ping with one", &cmd{Cmd: cmdPing}, 1},
		{"reset with the most there can be", &cmd{Cmd: cmdReset}, maxFDs},
		{"open with one", &cmd{Cmd: cmdOpen, OpenCmd: []OpenCmd{{Path: "/w/x"}}}, 1},
		{"delete with one", &cmd{Cmd: cmdDelete, DeleteCmd: &deleteCmd{Path: "/w/x"}}, 1},
		{"execve with a surplus one", exec(3, 0, false), 4},
		{"execve without the executable", exec(3, 0, true), 3},
		{"execve without any", exec(3, 0, false), 0},
		{"execve without control groups", exec(3, 4, true), 4},
	} {
		raw(t, c, test.m.append(nil), nulls(t, test.sent)...)
		r := rawReply(t, c)
		if r.Type != replyError || r.Error.Step != test.m.Cmd.String() || !strings.Contains(r.Error.Message, "descriptors came with it") {
			t.Errorf("%s: reply %+v, error %v, want one that counts the descriptors", test.name, r, r.Error)
		}
	}
	sameDescriptors(t, c, before)
}

// A command that the state refuses must not keep its descriptors either.
func TestDescriptorsOfRefusedCommands(t *testing.T) {
	c := into(t, stateRunning)
	before := openDescriptors(t, c)
	for range 20 {
		raw(t, c, (&cmd{Cmd: cmdExecve, ExecCmd: &execCmd{Exec: Exec{Args: []string{"/bin/true"}}, NumFiles: 3}}).append(nil), nulls(t, 3)...)
		if r := rawReply(t, c); r.Type != replyError {
			t.Fatalf("execve in state running: reply %+v, want an error", r)
		}
		raw(t, c, (&cmd{Cmd: cmdKill}).append(nil), nulls(t, 3)...)
		if r := rawReply(t, c); r.Type != replyError {
			t.Fatalf("kill with descriptors: reply %+v, want an error", r)
		}
	}
	sameDescriptors(t, c, before)
}

// No run and no call may cost the server a descriptor, whether it succeeds or fails.
func TestNoDescriptorIsLost(t *testing.T) {
	c := ready(t)
	mustSh(t, c, "true")
	before := openDescriptors(t, c)
	for range 10 {
		mustSh(t, c, "true")
		null := devNull(t)
		err := c.Execve(&Exec{Args: []string{"/missing"}, Files: []*os.File{null, null, null}, Executable: null})
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := next(c); err == nil {
			t.Fatal("execution of /dev/null succeeded")
		}
		opened, err := c.Open(t.Context(), []OpenCmd{{Path: "/usr/missing"}, {Path: "/usr", Dir: true}})
		if err != nil {
			t.Fatal(err)
		}
		_ = opened[1].File.Close() // read side
		if err := c.Delete(t.Context(), "/w/missing"); !errors.Is(err, unix.ENOENT) {
			t.Fatalf("Delete() of a missing file = %v, want ENOENT", err)
		}
		if err := c.Reset(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	sameDescriptors(t, c, before)
}
