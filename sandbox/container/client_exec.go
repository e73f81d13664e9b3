package container

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
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
	RLimits  []RLimit
	Seccomp  []byte   // a filter on top of Config.Seccomp, for this program alone
	MakeDirs []string // made before the run, for the program's user
	// ReadOnly takes from the program the right to write to the tmpfs mounts, until a later command of any kind
	// that writes there itself, or a run without it.
	ReadOnly bool
}

// Started says that a program runs. One that ends within milliseconds may do so unannounced.
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
	// the largest resident set among them in bytes, 0 when nobody knows.
	CPU     time.Duration
	PeakRSS int64
}

// ExecError says that a program was not started. Step is one of package forkexec, or one of the server's.
type ExecError struct {
	Step string
	Err  error
}

func (e *ExecError) Error() string { return e.Err.Error() }
func (e *ExecError) Unwrap() error { return e.Err }

// Execve asks for a program to be started, and does not wait. What becomes of it comes out of Receive.
func (c *Client) Execve(x *Exec) error {
	m := cmd{Cmd: cmdExecve, ExecCmd: &execCmd{
		Args: x.Args, Env: x.Env, Dir: x.Dir, Files: len(x.Files), ExecFile: x.Executable != nil,
		Cgroups: len(x.Cgroup), CgroupV2: x.CgroupV2, RLimits: x.RLimits, Seccomp: x.Seccomp, MakeDirs: x.MakeDirs,
		ReadOnly: x.ReadOnly,
	}}
	var room [16]int
	fds := appendFDs(room[:0], x.Files)
	if x.Executable != nil {
		fds = append(fds, int(x.Executable.Fd()))
	}
	return c.send(&m, appendFDs(fds, x.Cgroup))
}

// FD is the descriptor to poll for readability while a program runs. Borrowed.
func (c *Client) FD() int { return c.socket.fd }

// ErrNothing says that no message has come in yet.
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
		return nil, nil, c.lose(fmt.Errorf("%w: %d descriptors with a reply to execve", errMalformed, len(r.fds)))
	}
	switch r.reply.Type {
	case replySuccess:
		return &Started{Pid: r.pid, SetupCPU: r.reply.SetupCPU, Start: timeOf(r.reply.Start)}, nil, nil
	case replyFinished:
		x := r.reply.ExecReply
		return nil, &Finished{Status: x.Status, Wall: x.Wall, SetupCPU: x.SetupCPU, CPU: x.CPU, PeakRSS: x.PeakRSS}, nil
	case replyError:
	}
	return nil, nil, &ExecError{Step: r.reply.Error.Step, Err: r.reply.Error}
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
