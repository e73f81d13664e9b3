package sandbox

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/sandbox/container"
	"github.com/gaveloj/gavel/sandbox/threads"
)

// Run executes one command and waits until every process of it is gone. A program that misbehaves is a
// Result, and one that somebody brought and that cannot be executed is one; an error is a fault of the sandbox
// (ErrLost), another program that cannot be started (*StartError), or the cause of ctx when it had ended before. When ctx ends later the run is killed and the Result says
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
		if res, refused := cmd.notStarted(err); refused {
			return res, nil
		}
		return Result{}, s.fault(err)
	}
	defer s.wakeAfter(ctx)()
	finished, err := r.wait()
	if res, refused := cmd.notStarted(err); refused {
		return res, nil
	}
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
	// The state of the run is unknown.
	if err = s.fault(err); s.broken == nil {
		s.broken = err
	}
	return Result{}, err
}

// run is one run, owned by the goroutine that called Run.
type run struct {
	s             *Sandbox
	ctx           context.Context
	limits        Limits
	out, err      stream
	files         fileUsage
	copies        sealedCopies // until the container has them
	started       time.Time
	killed        KillCause
	killedAt      time.Time
	program       *container.Started // nil until the server has announced it
	meter         threads.DelayMeter
	delay         time.Duration // how long it had waited for a core when it was last looked at
	delayAt       time.Time     // when that was; zero before
	delayRest     time.Duration // how long not to look again, because of what it costs
	reading       time.Duration // Result.ReadDelay, so far
	cpuNext       time.Time     // earliest moment at which the CPU limit can be exceeded
	wallExtension time.Duration // added to the wall limit
}

func newRun(ctx context.Context, s *Sandbox, limits Limits) run {
	return run{s: s, ctx: ctx, limits: limits, out: stream{fd: -1}, err: stream{fd: -1}}
}

// close closes the files of the run.
func (r *run) close() {
	r.copies.close()
	r.files.close()
	r.out.discard()
	r.err.discard()
}

// start prepares the control group and the streams, and sends the command.
func (r *run) start(cmd *Command) error {
	s := r.s
	entry, err := s.accounting.begin(&cmd.Limits)
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
	if s.accounting.group == nil {
		x.RLimits = append(x.RLimits, s.rlimits.instead(&cmd.Limits)...)
	}
	if entry.Generation != s.accounting.entered {
		x.Cgroup, x.CgroupV2 = entryFiles(entry)
	}
	if err := r.send(cmd, &x); err != nil {
		return err
	}
	s.accounting.entered = entry.Generation
	return nil
}

// send opens the streams, sends the command, and closes the program's ends here.
func (r *run) send(cmd *Command, x *container.Exec) error {
	keep := cmp.Or(cmd.Capture, cmd.Limits.Output, MaxCapture)
	if cmd.Live != nil {
		r.out.live = func(data []byte) { cmd.Live(StandardOutput, data) }
		r.err.live = func(data []byte) { cmd.Live(StandardError, data) }
	}
	r.out.guess = int64(cmd.ExpectedOutput)
	r.out.dir, r.err.dir = cmd.SpillDir, cmd.SpillDir
	stdin := cmd.Stdin
	if stdin == nil {
		// Opened for this run alone: its flags and locks belong to the open file, so that a program could leave data in them.
		null, err := OpenRead(os.DevNull)
		if err != nil {
			return err
		}
		defer null.Close()
		stdin = null
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
	if r.s.sealsFiles {
		if err := r.sealFiles(x); err != nil {
			return err
		}
	}
	r.started = time.Now()
	r.cpuNext = r.started.Add(r.limits.CPU / time.Duration(r.s.cores))
	return startError(r.s.client.Execve(x))
}

// startError turns the error of a program that was not started into a *StartError.
func startError(err error) error {
	var notStarted *container.ExecError
	if errors.As(err, &notStarted) {
		return &StartError{Step: notStarted.Step, Err: notStarted.Err}
	}
	return err
}

// sealFiles replaces the files that the program reads by sealed copies.
func (r *run) sealFiles(x *container.Exec) (err error) {
	if x.Executable, err = r.copies.seal(x.Executable); err != nil {
		return err
	}
	for i, f := range x.Files {
		if x.Files[i], err = r.copies.seal(f); err != nil {
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

// ready is what poll found.
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

func (r *run) drain(ready ready) (err error) {
	for _, s := range []struct {
		ready bool
		*stream
	}{{ready.out, &r.out}, {ready.err, &r.err}} {
		if !s.ready {
			continue
		}
		if s.spill == nil {
			err = s.drain(r.s.scratch)
		} else { // while the disk is slow, the program waits for room in the pipe
			began := time.Now()
			err = s.drain(r.s.scratch)
			r.reading += time.Since(began)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// receive handles the messages that have come in. It returns how the run ended if it has.
func (r *run) receive() (*container.Finished, error) {
	for {
		started, finished, err := r.s.client.Receive()
		if started != nil {
			started.Start = earlier(started.Start, time.Now()) // the server is not trusted
			r.program = started
		}
		switch {
		case errors.Is(err, container.ErrNothing):
			return nil, nil
		case err != nil || finished != nil:
			return finished, startError(err)
		}
	}
}

// result assembles the Result of a run that is over.
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
	if r.killed == KillWall && r.endedInTime(f) {
		r.killed = KillNone
	}
	res := Result{
		KilledBy: r.killed, Wall: f.Wall, RunDelay: r.delay, ReadDelay: r.reading,
		OutputBytes: Bytes(total), FileBytes: files,
	}
	if err := r.s.accounting.addUsage(f, &res); err != nil {
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
	if res.Stdout, res.spills[0], err = r.out.output(); err != nil {
		return Result{}, err
	}
	if res.Stderr, res.spills[1], err = r.err.output(); err != nil {
		res.Release()
		return Result{}, err
	}
	return res, nil
}
