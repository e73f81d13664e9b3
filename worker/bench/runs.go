package bench

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/sandbox"
	"github.com/gaveloj/gavel/sandbox/forkexec"
	"github.com/gaveloj/gavel/sandbox/pool"
)

// gap is a pause before each measurement, and how often it is made in a round: caches are the colder the longer the host has
// done something else, or has slept.
type gap struct {
	pause time.Duration
	count int
}

var (
	idleGaps = []gap{{0, 200}, {time.Millisecond, 200}, {10 * time.Millisecond, 60}, {20 * time.Millisecond, 50}, {50 * time.Millisecond, 30}, {100 * time.Millisecond, 20}}
	busyGaps = []gap{{0, 60}, {10 * time.Millisecond, 40}, {100 * time.Millisecond, 15}}
)

func (m *measurement) runs(ctx context.Context) error { return m.compareRuns(ctx, "run", idleGaps) }

// busyRuns gives every core a process that never sleeps.
func (m *measurement) busyRuns(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	var busy []*exec.Cmd
	defer func() {
		stop()
		for _, c := range busy {
			_ = c.Wait() // killed
		}
	}()
	for range runtime.NumCPU() {
		c := exec.CommandContext(ctx, "/bin/sh", "-c", "while :; do :; done")
		c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
		if err := c.Start(); err != nil {
			return fmt.Errorf("keep the cores busy: %w", err)
		}
		busy = append(busy, c)
	}
	return m.compareRuns(ctx, "busy", busyGaps)
}

// runner runs the program that does nothing in several ways, all of them on the core of one container.
type runner struct {
	pool    *pool.Pool
	starter *forkexec.Starter
	core    unix.CPUSet
	program *os.File
	input   string
	null    *os.File
}

// newRunner makes a runner. close ends it.
func (m *measurement) newRunner(ctx context.Context) (r *runner, err error) {
	r = &runner{input: m.temp("input")}
	defer func() {
		if err != nil {
			err = errors.Join(err, r.close())
		}
	}()
	name := m.temp("nothing")
	if err := errors.Join(writeNothing(name), os.WriteFile(r.input, nil, 0o644)); err != nil {
		return r, err
	}
	if r.program, err = os.Open(name); err != nil {
		return r, err
	}
	if r.null, err = os.OpenFile(os.DevNull, os.O_RDWR, 0); err != nil {
		return r, err
	}
	if r.starter, err = forkexec.NewStarter(); err != nil {
		return r, err
	}
	var cores unix.CPUSet
	if err := unix.SchedGetaffinity(0, &cores); err != nil {
		return r, os.NewSyscallError("sched_getaffinity", err)
	}
	r.core.Set(firstCore(&cores))
	r.pool, err = pool.New(ctx, pool.Config{Slots: 1, Pin: true}) // on the first core that may be used
	return r, err
}

// firstCore is the least number of a core in a set that is not empty.
func firstCore(set *unix.CPUSet) int {
	first := 0
	for !set.IsSet(first) {
		first++
	}
	return first
}

func (r *runner) close() (err error) {
	for _, f := range []*os.File{r.program, r.null} {
		if f != nil {
			err = errors.Join(err, f.Close())
		}
	}
	if r.pool != nil {
		err = errors.Join(err, r.pool.Close())
	}
	return err
}

// compareRuns measures a bare run, a sandboxed one, and one with everything that a test case takes, after each pause.
func (m *measurement) compareRuns(ctx context.Context, group string, gaps []gap) (err error) {
	r, err := m.newRunner(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.close()) }()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var before unix.CPUSet
	if err := unix.SchedGetaffinity(0, &before); err != nil {
		return os.NewSyscallError("sched_getaffinity", err)
	}
	defer func() {
		err = errors.Join(err, os.NewSyscallError("sched_setaffinity", unix.SchedSetaffinity(0, &before)))
	}()
	bar := m.out.Bar(len(gaps), "pauses")
	for i, g := range gaps {
		bar.Set(i, "%s: with a pause of %v", group, g.pause)
		var times [3][]float64
		for range m.count(g.count) {
			for i, run := range []func(context.Context, time.Duration) (time.Duration, error){r.bare, r.sandboxed, r.cycle} {
				took, err := run(ctx, g.pause)
				if err != nil {
					return err
				}
				times[i] = append(times[i], microseconds(took))
			}
		}
		after := "back to back"
		if g.pause > 0 {
			after = fmt.Sprintf("after a pause of %v", g.pause)
		}
		bare := newFigure(group, "a bare vfork + exec + wait, "+after, "us", times[0])
		bare.GapUsec = g.pause.Microseconds()
		m.add(bare)
		for i, name := range []string{"a sandboxed run", "lease, input, run, output and reset"} {
			f := newFigure(group, name+", "+after, "us", times[i+1]).to(bare)
			f.GapUsec = g.pause.Microseconds()
			m.add(f)
		}
	}
	return nil
}

// rest waits before a measurement.
func rest(ctx context.Context, pause time.Duration) error {
	if pause == 0 {
		return ctx.Err()
	}
	select {
	case <-time.After(pause):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// bare runs it without a sandbox, on the container's core: both sides are to pay for the same core's state.
func (r *runner) bare(ctx context.Context, pause time.Duration) (time.Duration, error) {
	if err := unix.SchedSetaffinity(0, &r.core); err != nil {
		return 0, os.NewSyscallError("sched_setaffinity", err)
	}
	if err := rest(ctx, pause); err != nil {
		return 0, err
	}
	null := int(r.null.Fd())
	start := time.Now()
	p, err := r.starter.Start(&forkexec.Params{Path: r.program.Name(), Args: []string{"nothing"}, Files: []int{null, null, null}})
	if err != nil {
		return 0, fmt.Errorf("run %s: %w; choose a state directory with --state-dir DIR from which programs can be executed", r.program.Name(), err)
	}
	if _, err := syscall.Wait4(p.Pid, nil, 0, nil); err != nil {
		return 0, os.NewSyscallError("wait4", err)
	}
	return time.Since(start), nil
}

// command has every limit of a test case.
func (r *runner) command(stdin *os.File) sandbox.Command {
	return sandbox.Command{
		Args: []string{"nothing"}, Executable: r.program, Stdin: stdin,
		Limits: sandbox.Limits{CPU: time.Second, Wall: 4 * time.Second, Memory: 256 * sandbox.MiB, Output: 8 * sandbox.MiB, Pids: 64},
	}
}

func (r *runner) sandboxed(ctx context.Context, pause time.Duration) (took time.Duration, err error) {
	box, err := r.pool.Lease(ctx)
	if err != nil {
		return 0, err
	}
	defer r.pool.Release(box)
	if err := rest(ctx, pause); err != nil {
		return 0, err
	}
	c := r.command(r.null)
	start := time.Now()
	result, err := box.Run(ctx, c)
	took = time.Since(start)
	return took, errors.Join(err, ended(result))
}

// cycle includes the reset, which the pool does in the background when a container is given back.
func (r *runner) cycle(ctx context.Context, pause time.Duration) (took time.Duration, err error) {
	if err := rest(ctx, pause); err != nil {
		return 0, err
	}
	start := time.Now()
	box, err := r.pool.Lease(ctx)
	if err != nil {
		return 0, err
	}
	defer r.pool.Release(box)
	in, err := os.Open(r.input)
	if err != nil {
		return 0, err
	}
	defer in.Close()
	result, err := box.Run(ctx, r.command(in))
	if err == nil {
		err = ended(result)
	}
	if err != nil {
		return 0, err
	}
	if err := box.Reset(ctx); err != nil {
		return 0, err
	}
	return time.Since(start), nil
}

// ended checks how a measured program ended: a figure of something else is none.
func ended(r sandbox.Result) error {
	if r.Outcome == sandbox.OutcomeExited && r.ExitCode == 0 {
		return nil
	}
	return fmt.Errorf("the measured program was to exit with 0, and ended otherwise: %v, exit code %d, killed by %q: %s",
		r.Outcome, r.ExitCode, r.KilledBy, r.Stderr)
}

// containers measures what a container costs: to make one, and in memory that it shares with nobody, after use.
func (m *measurement) containers(ctx context.Context) (err error) {
	r, err := m.newRunner(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.close()) }()
	p, err := pool.New(ctx, pool.Config{Slots: 1, MaxUses: 1})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	var times, memory []float64
	for range m.count(30) + 1 {
		start := time.Now()
		box, err := p.Lease(ctx) // the one before was used up: it waits until the next is made
		if err != nil {
			return err
		}
		took := time.Since(start)
		private, err := useOnce(ctx, box, r)
		p.Release(box)
		if err != nil {
			return err
		}
		times, memory = append(times, microseconds(took)), append(memory, float64(private)/1024)
	}
	m.add(newFigure("container", "a used container is closed and a new one made", "us", times[1:])) // the first was warm
	m.add(newFigure("container", "memory that a used container shares with nobody", "MiB", memory))
	return nil
}

// useOnce runs something, and returns the private memory of the container's server afterwards, in KiB.
func useOnce(ctx context.Context, box *sandbox.Sandbox, r *runner) (kib int64, err error) {
	result, err := box.Run(ctx, r.command(r.null))
	if err == nil {
		err = ended(result)
	}
	if err != nil {
		return 0, err
	}
	f, err := os.Open(fmt.Sprintf("/proc/%d/smaps_rollup", box.Pid()))
	if err != nil {
		return 0, err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		var kind string
		var size int64
		if n, _ := fmt.Sscanf(lines.Text(), "Private_%s %d kB", &kind, &size); n == 2 && (kind == "Clean:" || kind == "Dirty:") {
			kib += size
		}
	}
	return kib, lines.Err()
}
