package container

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/sandbox/forkexec"
)

// execve starts a program. A program that is still running after quickProgram is announced with success and
// its pid; finished follows when it has ended. It takes ownership of fds.
func (s *containerServer) execve(x *execCmd, fds []int) {
	proc, err := s.start(x, fds)
	if err != nil {
		s.replyError("execve", err)
		return
	}
	s.running, s.state = proc, stateRunning
	defer closeFD(proc.PidFD)
	if s.waitQuick() {
		status, err := s.waitFor(proc.Pid)
		s.finished(s.killAndReap(status, err))
		return
	}
	started := &startReply{SetupCPU: proc.SetupCPU, Start: proc.Start}
	s.replies.send(sendReply{reply: &reply{Type: replySuccess, StartReply: started}, pid: proc.Pid})
	s.waitPid <- proc.Pid
}

// waitQuick answers commands until the program has ended, or for quickProgram; it reports which.
func (s *containerServer) waitQuick() (ended bool) {
	deadline := s.running.Start + quickProgram
	for {
		left := deadline - s.clock.now()
		if left <= 0 {
			return false
		}
		fds := [2]unix.PollFd{
			{Fd: int32(s.running.PidFD), Events: unix.POLLIN},
			{Fd: int32(s.socket.fd), Events: unix.POLLIN},
		}
		timeout := unix.NsecToTimespec(int64(left))
		unix.RawSyscall6(unix.SYS_PPOLL, uintptr(unsafe.Pointer(&fds)), uintptr(len(fds)), uintptr(unsafe.Pointer(&timeout)), 0, 0, 0)
		if fds[0].Revents != 0 {
			return true
		}
		if fds[1].Revents != 0 {
			s.handle(s.commands.now()) // execve was the last command that recvLoop was asked for
		}
	}
}

func (s *containerServer) start(x *execCmd, fds []int) (forkexec.Process, error) {
	files, rest := fds[:x.NumFiles], fds[x.NumFiles:]
	defer closeAll(files)
	p := forkexec.Params{
		Args: x.Args, Env: x.Env, Dir: x.Dir, Files: files, Session: true, PidFD: true, Filter: x.Seccomp,
		Credential: s.runAs(), DropCapabilities: true, RLimits: x.RLimits,
	}
	if x.ExecFile {
		p.ExecFD, rest = rest[0], rest[1:]
		defer closeAll([]int{p.ExecFD})
	}
	s.replaceCgroups(rest, x.CgroupV2)
	if s.SharedID && len(x.Seccomp) == 0 {
		p.Filter = s.Seccomp // the server does not wear it
	}
	if s.cgroupV2 {
		p.CgroupFD = s.cgroups[0]
	} else {
		p.Enter = s.cgroups
	}
	for i := range p.RLimits {
		s.raiseProcessLimit(&p.RLimits[i])
	}
	if err := s.complete(&p, x); err != nil {
		return forkexec.Process{}, err
	}
	if err := errors.Join(s.setRootReadOnly(true), s.setScratchReadOnly(x.ReadOnly)); err != nil {
		return forkexec.Process{}, err
	}
	s.usage.reset()
	proc, err := s.starter.Start(&p)
	if errors.Is(err, syscall.ETXTBSY) {
		// A process that the worker was starting may have held the file open for writing until its own exec.
		proc, err = s.starter.Start(&p)
	}
	return proc, err
}

// complete fills in the defaults and what must be looked up in the container.
func (s *containerServer) complete(p *forkexec.Params, x *execCmd) error {
	if len(x.Args) == 0 {
		return &errorReply{Step: "execve", Errno: syscall.EINVAL, Message: "no arguments; Args[0] names the program"}
	}
	// What execve(2) says to an empty name; further down, an empty path stands for a descriptor.
	if !x.ExecFile && x.Args[0] == "" {
		return &errorReply{Step: "exec", Errno: syscall.ENOENT, Message: "the name of the program is empty"}
	}
	if len(p.Env) == 0 {
		p.Env = s.defaultEnv
	}
	if p.Dir == "" {
		p.Dir = s.WorkDir
	}
	for _, d := range x.MakeDirs {
		if err := s.makeOwnedDir(d); err != nil {
			return err
		}
	}
	if !x.ExecFile {
		p.Path = lookPath(x.Args[0], p.Env)
	}
	return nil
}

// replaceCgroups takes ownership of fds; none keeps what there is.
func (s *containerServer) replaceCgroups(fds []int, v2 bool) {
	if len(fds) == 0 {
		return
	}
	closeAll(s.cgroups)
	s.cgroups, s.cgroupV2 = fds, v2
}

// lookPath finds a program in the PATH of env, as execvp does. What is not found stays as it is, so that
// exec fails and names it.
func lookPath(name string, env []string) string {
	if name == "" || strings.Contains(name, "/") {
		return name
	}
	for _, e := range env {
		list, ok := strings.CutPrefix(e, "PATH=")
		if !ok {
			continue
		}
		for dir := range strings.SplitSeq(list, ":") {
			file := dir + "/" + name
			if strings.HasPrefix(dir, "/") && unix.Access(file, unix.X_OK) == nil {
				return file
			}
		}
	}
	return name
}

// waitLoop waits for one process at a time, and reaps whatever else ends in the container meanwhile: pid 1
// is everybody's last parent.
func (s *containerServer) waitLoop() {
	for pid := range s.waitPid {
		status, err := s.waitFor(pid)
		s.waitPidResult <- s.killAndReap(status, err)
	}
}

// killAndReap kills and reaps every other process, once the program's first process has ended.
func (s *containerServer) killAndReap(status syscall.WaitStatus, err error) waitPidResult {
	end := s.clock.now()
	killAll()
	return waitPidResult{status: status, end: end, err: errors.Join(err, s.reapAll())}
}

func (s *containerServer) waitFor(pid int) (syscall.WaitStatus, error) {
	for {
		var status syscall.WaitStatus
		got, err := s.usage.wait(&status)
		switch {
		case errors.Is(err, syscall.EINTR):
		case err != nil:
			return 0, fmt.Errorf("wait for process %d: %w", pid, err)
		case got == pid:
			return status, nil
		}
	}
}

// killAll kills every process of the container except this one.
func killAll() { _ = syscall.Kill(-1, syscall.SIGKILL) } // ESRCH: there is none

// reapAll waits until no process is left. After killAll no new one can appear: fork fails for a process with a fatal
// signal pending.
func (s *containerServer) reapAll() error {
	for {
		_, err := s.usage.wait(nil)
		switch {
		case errors.Is(err, syscall.ECHILD):
			return nil
		case errors.Is(err, syscall.EINTR), err == nil:
		default:
			return fmt.Errorf("reap processes: %w", err)
		}
	}
}

// finished answers how the program ended.
func (s *containerServer) finished(r waitPidResult) {
	s.state = stateReady
	if r.err != nil {
		// A pid 1 that cannot wait for its own children is broken, and nothing that it says of the run can be trusted.
		die("wait for the program", r.err)
	}
	x := &execReply{Status: r.status, Wall: r.end - s.running.Start, SetupCPU: s.running.SetupCPU}
	x.CPU, x.PeakRSS = s.usage.total()
	s.reply(&reply{Type: replyFinished, ExecReply: x})
}

// clock reads CLOCK_MONOTONIC as forkexec does, but without a system call.
type clock struct {
	base   time.Time
	offset time.Duration // of base
}

func newClock() clock {
	var t unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_MONOTONIC, &t) // cannot fail for this clock
	return clock{base: time.Now(), offset: time.Duration(t.Nano())}
}

func (c clock) now() time.Duration { return c.offset + time.Since(c.base) }
