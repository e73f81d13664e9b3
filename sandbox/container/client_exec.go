package container

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/sandbox/forkexec"
)

// Exec is one program to run.
type Exec struct {
	Args       []string
	Env        []string   // empty: Config.DefaultEnv
	Dir        string     // empty: Config.WorkDir
	Files      []*os.File // descriptors 0, 1, ... of the program; borrowed
	Executable *os.File   // run this in place of Args[0]; borrowed
	// Cgroup replaces the descriptors given to Configure when it is not empty. Borrowed.
	Cgroup   []*os.File
	CgroupV2 bool
	RLimits  []forkexec.RLimit
	// Seccomp is a filter on top of Config.Seccomp, for this program alone; installing it takes 64 to 107 us of the run.
	// For users whose programs must not all get the same filter; Gavel's do.
	Seccomp  []byte
	MakeDirs []string // made before the run, for the program's user
	// ReadOnly takes from the program the right to write to the tmpfs mounts, until a later command of any kind
	// that writes there itself, or a run without it.
	ReadOnly bool
}

// Started is sent when a program runs. It may be left out for one that ends within milliseconds.
type Started struct {
	Pid      int           // of its first process, on the host
	SetupCPU time.Duration // CPU time that the steps before exec were billed to the control group
	Start    time.Time     // the last instant before exec
}

// Finished is how a program ended.
type Finished struct {
	Status   syscall.WaitStatus
	Wall     time.Duration // from the last instant before exec until the first process ended
	SetupCPU time.Duration // CPU time that the steps before exec were billed to the control group
	// With Config.Account: CPU time of every process that was waited for, the steps before exec included; and
	// the largest resident set among them in bytes, 0 when unknown.
	CPU     time.Duration
	PeakRSS int64
}

// ExecError is the error of a program that was not started. Step is one of package forkexec, or one of the server's.
type ExecError struct {
	Step string
	Err  error
}

func (e *ExecError) Error() string { return e.Err.Error() }
func (e *ExecError) Unwrap() error { return e.Err }

// Execve asks for a program to be started, and does not wait. What becomes of it comes out of Receive. Arguments that no
// message holds are an *ExecError at once, with E2BIG.
func (c *Client) Execve(x *Exec) error {
	m := cmd{Cmd: cmdExecve, ExecCmd: &execCmd{
		Exec: *x, NumFiles: len(x.Files), ExecFile: x.Executable != nil, NumCgroups: len(x.Cgroup),
	}}
	c.announced = false
	var room [16]int
	fds := appendFDs(room[:0], x.Files)
	if x.Executable != nil {
		fds = append(fds, int(x.Executable.Fd()))
	}
	if n := max(len(x.Args), len(x.Env), len(x.MakeDirs)); n > maxList {
		return &ExecError{Step: "execve", Err: fmt.Errorf("%d arguments, variables or directories, at most %d: %w", n, maxList, syscall.E2BIG)}
	}
	err := c.send(&m, appendFDs(fds, x.Cgroup))
	if errors.Is(err, syscall.EMSGSIZE) { // what execve(2) says
		return &ExecError{Step: "execve", Err: fmt.Errorf("%w: %w", syscall.E2BIG, err)}
	}
	return err
}

// FD is the descriptor to poll for readability while a program runs. Borrowed.
func (c *Client) FD() int { return c.socket.fd }

// ErrNothing is returned by Receive when there is no message yet.
var ErrNothing = errors.New("no message yet")

// Receive takes one message about the running program, without waiting. The first is that it has started,
// the last how it ended. ErrNothing means that there is none yet; an *ExecError that the
// program was not started; any other error that the container is lost.
func (c *Client) Receive() (*Started, *Finished, error) {
	r, err := c.receive()
	if errors.Is(err, syscall.EAGAIN) {
		return nil, nil, ErrNothing
	}
	if err != nil {
		return nil, nil, err
	}
	if len(r.fds) > 0 {
		closeAll(r.fds)
		return nil, nil, c.markLost(fmt.Errorf("%w: %d descriptors with a reply to execve", errMalformed, len(r.fds)))
	}
	switch r.reply.Type {
	case replySuccess:
		if start := r.reply.StartReply; start != nil {
			c.announced = true
			return &Started{Pid: r.pid, SetupCPU: start.SetupCPU, Start: timeOf(start.Start)}, nil, nil
		}
	case replyFinished:
		return nil, r.reply.ExecReply, nil
	case replyError:
		if !c.announced {
			return nil, nil, &ExecError{Step: r.reply.Error.Step, Err: r.reply.Error}
		}
		return nil, nil, c.markLost(fmt.Errorf("%w: an error about a program that was started: %w", errMalformed, r.reply.Error))
	}
	return nil, nil, c.markLost(fmt.Errorf("%w: success without what was started", errMalformed))
}

// timeOf converts a reading of CLOCK_MONOTONIC. It is never late.
func timeOf(reading time.Duration) time.Time {
	var t unix.Timespec
	now := time.Now()
	_ = unix.ClockGettime(unix.CLOCK_MONOTONIC, &t) // cannot fail for this clock
	return now.Add(reading - time.Duration(t.Nano()))
}

// Kill ends the running program and all its descendants; finished follows. When it has ended meanwhile,
// nothing happens.
func (c *Client) Kill() error { return c.send(&cmd{Cmd: cmdKill}, nil) }
