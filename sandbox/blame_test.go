package sandbox

import (
	"fmt"
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/sandbox/container"
	"github.com/gaveloj/gavel/sandbox/forkexec"
)

// lastErrno is the largest of the errnos that system calls give to programs, EHWPOISON.
const lastErrno = 133

// steps are all that a program can fail at before it runs: those between fork and exec, and those of the container's two ends.
func steps() []string {
	all := []string{"execve", "mkdir", "open", "receive", "reply", "unknown", ""}
	for s := forkexec.StepClone; s <= forkexec.StepExec; s++ {
		all = append(all, s.String())
	}
	return all
}

// TestRefused holds the line between program and host, for every step and errno.
func TestRefused(t *testing.T) {
	t.Parallel()
	host := map[unix.Errno]bool{
		0: true, unix.EAGAIN: true, unix.EFAULT: true, unix.EINTR: true, unix.EMFILE: true, unix.ENFILE: true, unix.ENOSYS: true,
	}
	for _, step := range steps() {
		for errno := range unix.Errno(lastErrno + 1) {
			for _, brought := range []bool{true, false} {
				want := step == "exec" && brought && !host[errno] || errno == unix.E2BIG && (step == "exec" || step == "execve")
				if got := refused(step, errno, brought); got != want {
					t.Errorf("refused(%q, %v, %t) = %t, want %t", step, errno, brought, got, want)
				}
				args := []string{"sh"}
				if brought {
					args[0] = "./program"
				}
				c := Command{Args: args}
				err := fmt.Errorf("run: %w", startError(&container.ExecError{Step: step, Err: errno}))
				if res, ok := c.notStarted(err); ok != want || ok && (res.Outcome != OutcomeNotStarted || res.Errno != errno) {
					t.Errorf("%v at step %q: notStarted() = %+v, %t, want %t", errno, step, res, ok, want)
				}
			}
		}
	}
	c := Command{Args: []string{"./program"}}
	for _, err := range []error{nil, ErrLost, unix.ENOEXEC, &StartError{Step: "exec", Err: ErrLost}} {
		if res, ok := c.notStarted(err); ok {
			t.Errorf("notStarted(%v) = %+v", err, res)
		}
	}
}

func TestBrings(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		cmd  Command
		want bool
	}{
		{Command{}, false},
		{Command{Args: []string{""}}, false},
		{Command{Args: []string{"program"}}, false},
		{Command{Args: []string{"/usr/bin/python3"}}, false},
		{Command{Args: []string{"/w"}}, false},
		{Command{Args: []string{"/write"}}, false},
		{Command{Args: []string{"./program"}}, true},
		{Command{Args: []string{"./program"}, Dir: "/usr"}, false},
		{Command{Args: []string{"./program"}, Dir: "/tmp"}, true},
		{Command{Args: []string{"../usr/bin/env"}}, false},
		{Command{Args: []string{"/tmp/validator/run"}}, true},
		{Command{Args: []string{"/dev/shm/x"}}, true},
		{Command{Args: []string{"/usr/bin/env"}, Executable: os.Stdin}, true},
	} {
		if got := tt.cmd.brings(); got != tt.want {
			t.Errorf("brings() of %q in %q = %t, want %t", tt.cmd.Args, tt.cmd.Dir, got, tt.want)
		}
	}
}

// TestPutErrorRefused is TestRefused for files.
func TestPutErrorRefused(t *testing.T) {
	t.Parallel()
	files := map[unix.Errno]bool{
		unix.EDQUOT: true, unix.EEXIST: true, unix.EFBIG: true, unix.EINVAL: true, unix.EISDIR: true, unix.ELOOP: true,
		unix.ENAMETOOLONG: true, unix.ENOSPC: true, unix.ENOTDIR: true,
	}
	for errno := range unix.Errno(lastErrno + 1) {
		e := &PutError{Path: "a", Err: fmt.Errorf("open: %w", errno)}
		if got := e.Refused(); got != files[errno] {
			t.Errorf("Refused() of %v = %t, want %t", errno, got, files[errno])
		}
	}
	if (&PutError{Path: "a", Err: ErrLost}).Refused() {
		t.Error("the loss of a container is a matter of the files")
	}
}
