package sandbox

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"runtime"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/sandbox/container"
)

// Run executes one command and waits until every process of it is gone. A program that misbehaves is a
// Result; an error is a fault of the sandbox (ErrLost), something that cannot be started (*StartError), or
// the cause of ctx when it had ended before. When ctx ends later the run is killed and the Result says
// KillCancel.
func (s *Sandbox) Run(ctx context.Context, cmd Command) (Result, error) {
	s.busy.Lock()
	defer s.busy.Unlock()
	if s.broken != nil {
		return Result{}, s.broken
	}
	if ctx.Err() != nil {
		return Result{}, context.Cause(ctx)
	}
	unpin, err := s.pin()
	if err != nil {
		return Result{}, err
	}
	defer unpin()
	r := newRun(ctx, s, cmd.Limits)
	defer r.close()
	if err := r.start(&cmd); err != nil {
		return Result{}, s.fault(err)
	}
	defer s.wakeAfter(ctx)()
	finished, err := r.wait()
	var notStarted *StartError
	if errors.As(err, &notStarted) {
		return Result{}, err
	}
	if err == nil {
		var res Result
		if res, err = r.result(finished); err == nil {
			return res, nil
		}
	}
	// Nobody knows what state the run is in.
	if err = s.fault(err); s.broken == nil {
		s.broken = err
	}
	return Result{}, err
}

// pin holds the calling goroutine on the container's cores, until unpin. The thread that waits sits on the program's
// own core: waking it there costs 10 us, across cores 50 to 90.
func (s *Sandbox) pin() (unpin func(), err error) {
	if !s.pinned {
		return func() {}, nil
	}
	runtime.LockOSThread()
	if err := unix.SchedSetaffinity(0, &s.cpus); err != nil {
		runtime.UnlockOSThread()
		return nil, os.NewSyscallError("sched_setaffinity", err)
	}
	return func() {
		_ = unix.SchedSetaffinity(0, &s.all) // it was allowed on these when the worker started
		runtime.UnlockOSThread()
	}, nil
}

// wakeAfter wakes the run when ctx ends. When the returned function is through, it never will again.
func (s *Sandbox) wakeAfter(ctx context.Context) (stop func()) {
	if ctx.Done() == nil {
		return func() {}
	}
	woken := make(chan struct{})
	pending := context.AfterFunc(ctx, func() {
		s.wake()
		close(woken)
	})
	return func() {
		if !pending() {
			<-woken // it writes to a descriptor that Close gives back
		}
	}
}

// wake makes a run look at its context.
func (s *Sandbox) wake() {
	var one [8]byte
	binary.NativeEndian.PutUint64(one[:], 1)
	_, _ = unix.Write(s.cancel, one[:]) // EAGAIN: it is awake already
}

// woken takes note of a wake.
func (s *Sandbox) woken() {
	var b [8]byte
	_, _ = unix.Read(s.cancel, b[:]) // EAGAIN: noted already
}

// run is one run, owned by the goroutine that called Run.
type run struct {
	s        *Sandbox
	ctx      context.Context
	limits   Limits
	out, err stream
	files    written
	lent     lent // until the container has them
	started  time.Time
	killed   KillCause
	killedAt time.Time
	program  *container.Started // nil until it is announced
	delay    time.Duration      // how long that one had waited for a core when the wall limit was last looked at
	cpuNext  time.Time          // earliest moment at which the CPU limit can be exceeded
	extra    time.Duration      // added to the wall limit
}

func newRun(ctx context.Context, s *Sandbox, limits Limits) run {
	return run{s: s, ctx: ctx, limits: limits, out: stream{fd: -1}, err: stream{fd: -1}}
}

// close lets go of what the run has open.
func (r *run) close() {
	r.lent.close()
	r.files.close()
	r.out.close()
	r.err.close()
}

// start prepares the control group and the streams, and sends the command.
func (r *run) start(cmd *Command) error {
	s := r.s
	entry, err := s.meter.start(&cmd.Limits)
	if err != nil {
		return err
	}
	if err := r.files.begin(r.ctx, s, &cmd.Limits); err != nil {
		return err
	}
	x := container.Exec{
		Args: cmd.Args, Env: cmd.Env, Executable: cmd.Executable, ReadOnly: cmd.Limits.Files == FilesReadOnly,
	}
	if cmd.Dir != "" {
		x.Dir = inContainer(cmd.Dir)
	}
	for _, d := range cmd.MakeDirs {
		x.MakeDirs = append(x.MakeDirs, inContainer(d))
	}
	rlimits := s.rlimits.resources(&cmd.Limits)
	x.RLimits = rlimits[:]
	if s.meter.group == nil {
		x.RLimits = append(x.RLimits, s.rlimits.instead(&cmd.Limits)...)
	}
	if entry.Generation != s.meter.entered {
		x.Cgroup, x.CgroupV2 = entryFiles(entry)
	}
	if err := r.send(cmd, &x); err != nil {
		return err
	}
	s.meter.entered = entry.Generation
	return nil
}

// send opens the streams, sends the command, and lets go of the program's ends.
func (r *run) send(cmd *Command, x *container.Exec) error {
	keep := cmd.Limits.Output
	if keep == 0 {
		keep = MaxCapture
	}
	stdin := cmd.Stdin
	if stdin == nil {
		stdin = r.s.null
	}
	stdout, err := r.out.open(cmd.Stdout, keep)
	if err != nil {
		return err
	}
	defer closeUnless(stdout, cmd.Stdout)
	stderr, err := r.err.open(cmd.Stderr, keep)
	if err != nil {
		return err
	}
	defer closeUnless(stderr, cmd.Stderr)
	var room [8]*os.File
	x.Files = append(append(room[:0], stdin, stdout, stderr), cmd.ExtraFiles...)
	if r.s.copies {
		if err := r.lend(x); err != nil {
			return err
		}
	}
	r.started = time.Now()
	r.cpuNext = r.started.Add(r.limits.CPU / time.Duration(r.s.cores))
	return r.s.client.Execve(x)
}

// lend puts copies in the place of the files that the program reads.
func (r *run) lend(x *container.Exec) (err error) {
	if x.Executable, err = r.lent.lend(x.Executable); err != nil {
		return err
	}
	for i, f := range x.Files {
		if x.Files[i], err = r.lent.lend(f); err != nil {
			return err
		}
	}
	return nil
}

// closeUnless closes f when it is ours and not the caller's.
func closeUnless(f, callers *os.File) {
	if f != nil && callers == nil {
		_ = f.Close() // the container has its own copy
	}
}

// killGrace is how long a killed program and its descendants may take to be gone. Killing 200 processes takes
// 8 ms; beyond seconds something is wrong with the host.
const killGrace = 20 * time.Second

// wait watches the run until it has finished: one poll for the container, the outputs, the context and the
// clock, so that there is one owner of everything and one thread to wake.
func (r *run) wait() (*container.Finished, error) {
	for {
		ready, err := r.poll()
		if err != nil {
			return nil, err
		}
		if err := r.drain(ready); err != nil {
			return nil, err
		}
		if ready.container {
			finished, err := r.receive()
			if finished != nil || err != nil {
				return finished, err
			}
		}
		if err := r.enforce(ready.canceled); err != nil {
			return nil, err
		}
	}
}

// ready says what poll found.
type ready struct{ container, out, err, canceled bool }

func (r *run) poll() (ready, error) {
	fds := [4]unix.PollFd{
		{Fd: int32(r.s.client.FD()), Events: unix.POLLIN},
		{Fd: int32(r.s.cancel), Events: unix.POLLIN},
		{Fd: int32(r.out.fd), Events: unix.POLLIN}, // a negative descriptor is passed over
		{Fd: int32(r.err.fd), Events: unix.POLLIN},
	}
	var timeout *unix.Timespec
	if next := r.nextCheck(); !next.IsZero() {
		t := unix.NsecToTimespec(int64(max(time.Until(next), 0)))
		timeout = &t
	}
	_, err := unix.Ppoll(fds[:], timeout, nil)
	if err != nil && !errors.Is(err, syscall.EINTR) {
		return ready{}, os.NewSyscallError("ppoll", err)
	}
	return ready{
		container: fds[0].Revents != 0, canceled: fds[1].Revents != 0,
		out: fds[2].Revents != 0, err: fds[3].Revents != 0,
	}, nil
}

// nextCheck is when enforce has to look again; zero for never.
func (r *run) nextCheck() time.Time {
	if r.killed != KillNone {
		return r.killedAt.Add(killGrace)
	}
	var next time.Time
	if r.limits.CPU > 0 {
		next = r.cpuNext
	}
	if wall := r.wallDeadline(); r.limits.Wall > 0 {
		next = earlier(next, wall)
	}
	return earlier(earlier(next, r.files.next), r.s.meter.nextLook())
}

// earlier is the first of two moments, of which zero is never.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// starvation is how many times the wall limit a run may take when it is the host that holds it up.
const starvation = 4

// wallDeadline is when the wall limit ends the run, as far as is known. The time in which a busy host makes the
// program's process is not the program's.
func (r *run) wallDeadline() time.Time {
	allowed := starvation * r.limits.Wall
	if r.program != nil {
		allowed = min(r.limits.Wall+r.delay, allowed)
	}
	return r.began().Add(allowed + r.extra)
}

// began is when the program was started, as far as is known.
func (r *run) began() time.Time {
	if r.program == nil {
		return r.started
	}
	return later(r.started, r.program.Start)
}

func (r *run) drain(ready ready) error {
	if ready.out {
		if err := r.out.drain(r.s.scratch); err != nil {
			return err
		}
	}
	if ready.err {
		return r.err.drain(r.s.scratch)
	}
	return nil
}

// receive takes the messages that are there; the run is over with the last.
func (r *run) receive() (*container.Finished, error) {
	for {
		started, finished, err := r.s.client.Receive()
		if started != nil {
			started.Start = earlier(started.Start, time.Now()) // a server may say anything
			r.program = started
		}
		var notStarted *container.ExecError
		switch {
		case errors.Is(err, container.ErrNothing):
			return nil, nil
		case errors.As(err, &notStarted):
			return nil, &StartError{Step: notStarted.Step, Err: notStarted.Err}
		case err != nil || finished != nil:
			return finished, err
		}
	}
}

// enforce kills the run for the first limit that it finds exceeded, and remembers which.
func (r *run) enforce(canceled bool) error {
	now := time.Now()
	if r.killed != KillNone {
		return r.overdue(now)
	}
	cause, err := r.exceeded(now, canceled)
	if err != nil || cause == KillNone {
		return err
	}
	return r.kill(cause, now)
}

// kill ends the run, unless that was done already, and remembers why.
func (r *run) kill(cause KillCause, now time.Time) error {
	if r.killed != KillNone {
		return nil
	}
	r.killed, r.killedAt = cause, now
	return r.s.client.Kill()
}

// overdue gives up a container whose killed processes do not die.
func (r *run) overdue(now time.Time) error {
	if now.Sub(r.killedAt) < killGrace {
		return nil
	}
	r.s.broken = fmt.Errorf("%w: processes still alive %v after SIGKILL", ErrLost, killGrace)
	return r.s.broken
}

// exceeded finds out which limit is.
func (r *run) exceeded(now time.Time, canceled bool) (KillCause, error) {
	if canceled {
		r.s.woken() // an earlier run's context may have come late
		if r.ctx.Err() != nil {
			return KillCancel, nil
		}
	}
	if over, err := r.overOutput(now); over || err != nil {
		return KillOutput, err
	}
	if cause, err := r.s.meter.look(now); err != nil || cause != KillNone {
		return cause, err
	}
	if r.limits.CPU > 0 && !now.Before(r.cpuNext) {
		used, err := r.s.meter.cpu()
		if err != nil {
			return KillNone, err
		}
		// What was billed before exec is not the program's. How much that is comes with the announcement.
		if r.program != nil && used-r.program.SetupCPU > r.limits.CPU {
			return KillCPU, nil
		}
		r.cpuNext = now.Add(r.untilCPU(used))
	}
	if r.limits.Wall > 0 && !now.Before(r.wallDeadline()) {
		// Time in which the program was ready and the host had no core for it is not the program's.
		if r.program != nil {
			r.delay = runDelay(r.program.Pid)
		}
		if !now.Before(r.wallDeadline()) {
			return KillWall, nil
		}
	}
	return KillNone, nil
}

// overOutput tells that more was written than Limits.Output.
func (r *run) overOutput(now time.Time) (bool, error) {
	if r.limits.Output == 0 {
		return false, nil
	}
	left := r.limits.Output - Bytes(r.out.total+r.err.total)
	if left < 0 {
		return true, nil
	}
	return r.files.look(now, left)
}

// runDelay is how long the first thread of a process has waited for a core (the second field of
// /proc/pid/schedstat, kernel: Documentation/scheduler/sched-stats.rst); 0 when nobody knows.
func runDelay(pid int) time.Duration {
	if pid == 0 {
		return 0
	}
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/schedstat", pid))
	if err != nil {
		return 0 // the process has just ended, or the kernel does not count
	}
	var ran, waited int64
	if _, err := fmt.Sscan(string(text), &ran, &waited); err != nil {
		return 0
	}
	return time.Duration(waited)
}

// untilCPU is the shortest time in which the CPU limit can be exceeded; not below a millisecond, since the
// kernel books the time of a running thread at ticks of 1 to 4 ms.
func (r *run) untilCPU(used time.Duration) time.Duration {
	return max((r.limits.CPU-used)/time.Duration(r.s.cores), time.Millisecond)
}

// result puts the facts together.
func (r *run) result(f *container.Finished) (Result, error) {
	for _, s := range []*stream{&r.out, &r.err} {
		if err := s.drainAll(r.s.scratch); err != nil {
			return Result{}, err
		}
	}
	// What was written in the last instant counts as well.
	files, err := r.files.total()
	if err != nil {
		return Result{}, err
	}
	total := r.out.total + r.err.total + int64(files)
	if r.killed == KillNone && r.limits.Output > 0 && total > int64(r.limits.Output) {
		r.killed = KillOutput
	}
	res := Result{
		KilledBy: r.killed, Wall: f.Wall, RunDelay: r.delay,
		Stdout: r.out.data, Stderr: r.err.data, OutputBytes: Bytes(total), FileBytes: files,
	}
	if err := r.s.meter.usage(f, &res); err != nil {
		return Result{}, err
	}
	switch {
	case f.Status.Exited():
		res.Outcome, res.ExitCode = OutcomeExited, f.Status.ExitStatus()
	case f.Status.Signaled():
		res.Outcome, res.Signal = OutcomeSignaled, f.Status.Signal()
	default:
		return Result{}, fmt.Errorf("wait status %#x says neither exit nor signal", uint32(f.Status))
	}
	return res, nil
}
