package sandbox_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/sandbox"
	_ "github.com/gaveloj/gavel/sandbox/container/hook"
	"github.com/gaveloj/gavel/sandbox/forkexec"
	"github.com/gaveloj/gavel/sandbox/pool"
	"github.com/gaveloj/gavel/sandbox/sandboxtest"
)

// noop is a program without a C library: start-up code of one costs more than a sandboxed run.
const noop = `void _start(void) {
#if defined(__x86_64__)
	__asm__ volatile("xor %edi, %edi; mov $231, %eax; syscall");
#else
	__asm__ volatile("mov x0, #0; mov x8, #94; svc #0");
#endif
}`

// buildNoop compiles the no-op.
func buildNoop(b *testing.B) string {
	b.Helper()
	dir := b.TempDir()
	source, program := filepath.Join(dir, "noop.c"), filepath.Join(dir, "noop")
	if err := os.WriteFile(source, []byte(noop), 0o600); err != nil {
		b.Fatal(err)
	}
	if out, err := exec.Command("gcc", "-O2", "-nostdlib", "-static", "-o", program, source).CombinedOutput(); err != nil {
		b.Fatalf("compile the no-op: %v\n%s", err, out)
	}
	return program
}

// bench holds what the kinds of runs need.
type bench struct {
	*testing.B
	program string
	file    *os.File
	null    *os.File
	starter *forkexec.Starter
	box     *sandbox.Sandbox
}

// BenchmarkRun compares one sandboxed run of a no-op with a bare vfork + exec + wait of the same no-op from Go.
// The kinds take turns within one run of the benchmark, with the given gap before each, so that the noise of
// the machine hits all alike; medians, and ratios of medians, are reported.
func BenchmarkRun(b *testing.B) {
	sandboxtest.Require(b, sandboxtest.Root, sandboxtest.Cgroup)
	m := newBench(b)
	for _, gap := range []time.Duration{0, time.Millisecond, 10 * time.Millisecond, 50 * time.Millisecond, 100 * time.Millisecond} {
		b.Run(fmt.Sprintf("gap=%v", gap), func(b *testing.B) { m.compare(b, gap) })
	}
}

func newBench(b *testing.B) *bench {
	ctx := context.Background()
	m := &bench{B: b, program: buildNoop(b)}
	p, err := pool.New(ctx, pool.Config{Slots: 1, Pin: true})
	m.must(err)
	m.box, err = p.Lease(ctx)
	m.must(err)
	m.file, err = os.Open(m.program)
	m.must(err)
	m.null, err = os.OpenFile(os.DevNull, os.O_RDWR, 0)
	m.must(err)
	m.starter, err = forkexec.NewStarter()
	m.must(err)
	b.Cleanup(func() {
		p.Release(m.box)
		m.must(p.Close())
		_ = m.file.Close() // read only
		_ = m.null.Close() // likewise
	})
	return m
}

func (m *bench) must(err error) {
	m.Helper()
	if err != nil {
		m.Fatal(err)
	}
}

// compare reports the medians of all kinds at one gap.
func (m *bench) compare(b *testing.B, gap time.Duration) {
	// On the core of the container, bare runs too: both sides pay for the same core's state.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var before, core unix.CPUSet
	m.must(unix.SchedGetaffinity(0, &before))
	core.Set(0)
	m.must(unix.SchedSetaffinity(0, &core))
	defer func() { m.must(unix.SchedSetaffinity(0, &before)) }()

	kinds := []struct {
		unit string
		run  func()
	}{{"bare-us", m.bare}, {"run-us", m.run}, {"run+output-us", m.runOutput}, {"run+reset-us", m.runReset}}
	times := make([][]time.Duration, len(kinds))
	for range b.N {
		for i, kind := range kinds {
			if gap > 0 {
				<-time.After(gap)
			}
			start := time.Now()
			kind.run()
			times[i] = append(times[i], time.Since(start))
		}
	}
	b.ReportMetric(0, "ns/op")
	bare := median(times[0])
	for i, kind := range kinds {
		b.ReportMetric(float64(median(times[i]).Nanoseconds())/1e3, kind.unit)
		if i > 0 {
			b.ReportMetric(float64(median(times[i]))/float64(bare), strings.TrimSuffix(kind.unit, "us")+"ratio")
		}
	}
}

func median(times []time.Duration) time.Duration {
	slices.Sort(times)
	return times[len(times)/2]
}

func (m *bench) bare() {
	null := int(m.null.Fd())
	p, err := m.starter.Start(&forkexec.Params{Path: m.program, Args: []string{"noop"}, Files: []int{null, null, null}})
	m.must(err)
	_, err = syscall.Wait4(p.Pid, nil, 0, nil)
	m.must(err)
}

// command is a run with every limit of a real test case.
func (m *bench) command() sandbox.Command {
	return sandbox.Command{
		Args: []string{"noop"}, Executable: m.file, Stdin: m.null,
		Limits: sandbox.Limits{
			CPU: time.Second, Wall: 4 * time.Second, Memory: 256 * sandbox.MiB, Output: 8 * sandbox.MiB, Pids: 64,
		},
	}
}

// run has its three descriptors sent in.
func (m *bench) run() {
	c := m.command()
	c.Stdout, c.Stderr = m.null, m.null
	m.sandboxed(c)
}

// runOutput has both outputs collected and counted.
func (m *bench) runOutput() { m.sandboxed(m.command()) }

func (m *bench) runReset() {
	m.runOutput()
	m.must(m.box.Reset(context.Background()))
}

func (m *bench) sandboxed(c sandbox.Command) {
	r, err := m.box.Run(context.Background(), c)
	m.must(err)
	if r.Outcome != sandbox.OutcomeExited || r.ExitCode != 0 {
		m.Fatalf("the no-op ended with %+v", r)
	}
}

// BenchmarkOutput compares what a sandboxed cat of a file of 50 MB takes, whose output is kept, with a bare one whose output is
// read and thrown away, on one core.
func BenchmarkOutput(b *testing.B) {
	sandboxtest.Require(b, sandboxtest.Root, sandboxtest.Cgroup)
	m := newBench(b)
	input := filepath.Join(b.TempDir(), "input")
	m.must(os.WriteFile(input, []byte(strings.Repeat("123456789 abcdefgh\n", 50_000_000/19)), 0o600))
	kinds := []struct {
		unit string
		run  func(*os.File)
	}{{"bare-ms", m.bareCat}, {"run-ms", func(in *os.File) { m.cat(in, 0) }}, {"expected-ms", func(in *os.File) { m.cat(in, 50_000_000) }}}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var before, core unix.CPUSet
	m.must(unix.SchedGetaffinity(0, &before))
	core.Set(0)
	times := make([][]time.Duration, len(kinds))
	for range b.N {
		for i, kind := range kinds {
			in, err := os.Open(input)
			m.must(err)
			m.must(unix.SchedSetaffinity(0, &core))
			start := time.Now()
			kind.run(in)
			times[i] = append(times[i], time.Since(start))
			m.must(unix.SchedSetaffinity(0, &before))
			m.must(in.Close())
		}
	}
	b.ReportMetric(0, "ns/op")
	for i, kind := range kinds {
		b.ReportMetric(float64(median(times[i]).Microseconds())/1e3, kind.unit)
		b.ReportMetric(float64(median(times[i]))/float64(median(times[0])), strings.TrimSuffix(kind.unit, "ms")+"ratio")
	}
}

func (m *bench) bareCat(in *os.File) {
	out, theirs, err := os.Pipe()
	m.must(err)
	p, err := m.starter.Start(&forkexec.Params{Path: "/bin/cat", Args: []string{"cat"}, Files: []int{int(in.Fd()), int(theirs.Fd()), int(m.null.Fd())}})
	m.must(errors.Join(err, theirs.Close()))
	scratch, total := make([]byte, 64<<10), 0
	for {
		n, err := out.Read(scratch)
		if total += n; err != nil {
			break
		}
	}
	if _, err = syscall.Wait4(p.Pid, nil, 0, nil); err != nil || total < 49_000_000 {
		m.Fatalf("bare cat: %d bytes, %v", total, err)
	}
	m.must(out.Close())
}

func (m *bench) cat(in *os.File, expected sandbox.Bytes) {
	r, err := m.box.Run(context.Background(), sandbox.Command{
		Args: []string{"/bin/cat"}, Stdin: in, Stderr: m.null, ExpectedOutput: expected,
		Limits: sandbox.Limits{CPU: 10 * time.Second, Wall: 40 * time.Second, Memory: 256 * sandbox.MiB, Output: 100 * sandbox.MiB, Pids: 64},
	})
	m.must(err)
	if r.Outcome != sandbox.OutcomeExited || len(r.Stdout) < 49_000_000 {
		m.Fatalf("cat: %d bytes, %+v", len(r.Stdout), r.KilledBy)
	}
}

// BenchmarkContainer reports what an idle container costs: time to build it, and memory that it shares with
// nobody.
func BenchmarkContainer(b *testing.B) {
	sandboxtest.Require(b, sandboxtest.Root, sandboxtest.Cgroup)
	ctx := context.Background()
	m := &bench{B: b}
	p, err := pool.New(ctx, pool.Config{Slots: 1, Pin: true, MaxUses: 1})
	m.must(err)
	defer func() { m.must(p.Close()) }()
	var times []time.Duration
	var private []int64
	for range b.N {
		box, err := p.Lease(ctx)
		m.must(err)
		private = append(private, privateKiB(b, box.Pid()))
		p.Release(box) // used up: the next lease waits for a new one
		start := time.Now()
		next, err := p.Lease(ctx)
		m.must(err)
		times = append(times, time.Since(start))
		p.Release(next)
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(median(times).Microseconds())/1e3, "replace-ms")
	slices.Sort(private)
	b.ReportMetric(float64(private[len(private)/2])/1024, "private-MiB")
}

// privateKiB adds up the private lines of /proc/pid/smaps_rollup.
func privateKiB(b *testing.B, pid int) int64 {
	b.Helper()
	f, err := os.Open(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	var sum int64
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var kib int64
		if n, _ := fmt.Sscanf(lines.Text(), "Private_Clean: %d", &kib); n == 1 {
			sum += kib
		}
		if n, _ := fmt.Sscanf(lines.Text(), "Private_Dirty: %d", &kib); n == 1 {
			sum += kib
		}
	}
	return sum
}
