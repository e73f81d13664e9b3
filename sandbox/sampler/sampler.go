package sampler

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/sandbox/container"
)

// Sampler measures a container that has no control group by reading /proc for each of its processes every
// sampleInterval.
//
// CPU time is the larger of two sums. The first is what the kernel accounts for: the time of living processes, of the
// children that they have waited for, and of those that pid 1 has waited for. The second is the growth of every process
// between two samples, so that the time of children that nobody waits for (SIGCHLD ignored) is not lost. At the end of a
// run the first is exact to the microsecond. Not measured are children that nobody waits for and that start and end
// between two samples.
//
// Memory is anonymous memory, page tables, and the larger of the shared memory that is mapped and the files in
// the writable directories. Not measured are memory of the kernel (sockets, pipes) and shared memory that
// no process has mapped at the time of a sample.
type Sampler struct {
	Next   time.Time     // when to look again
	Booked time.Duration // highest first sum so far

	proc         *os.File   // the container's own /proc
	scratch      []*os.File // its writable directories
	memoryLimit  int64      // bytes; 0 for none
	last         map[int]procStat
	waitedBefore time.Duration // CPU time of what pid 1 had waited for when the run began
	observed     time.Duration // second sum so far
	memory       int64         // bytes, now
	peak         int64         // bytes
	hostKills    int64         // processes that the host had killed for lack of memory when the run began
	buf          []byte
}

// Times from the start of a run to the first sample, and between samples. A program can write a gigabyte of memory in 300 ms.
const (
	firstSample    = 2 * time.Millisecond
	sampleInterval = 10 * time.Millisecond
)

// New makes a sampler of a configured container, in which programs can write to the directories scratch.
func New(ctx context.Context, client *container.Client, scratch []string) (*Sampler, error) {
	items := []container.OpenCmd{{Path: "/proc", Dir: true}}
	for _, dir := range scratch {
		items = append(items, container.OpenCmd{Path: dir, Dir: true})
	}
	opened, err := client.Open(ctx, items)
	if err != nil {
		return nil, err
	}
	w := &Sampler{buf: make([]byte, 16<<10)}
	var errs []error
	for i, o := range opened {
		switch {
		case o.Err != nil:
			errs = append(errs, o.Err)
		case i == 0:
			w.proc = o.File
		default:
			w.scratch = append(w.scratch, o.File)
		}
	}
	if err := errors.Join(errs...); err != nil {
		w.Close()
		return nil, fmt.Errorf("sample the container: %w", err)
	}
	return w, nil
}

// Close may be called twice.
func (w *Sampler) Close() {
	for _, f := range append(w.scratch, w.proc) {
		if f != nil {
			_ = f.Close() // nothing was written
		}
	}
}

// Begin prepares for a run that may have so much memory; 0 is no limit.
func (w *Sampler) Begin(memoryBytes int64) {
	*w = Sampler{proc: w.proc, scratch: w.scratch, buf: w.buf, memoryLimit: memoryBytes, last: map[int]procStat{}}
	w.Next = time.Now().Add(firstSample)
	w.waitedBefore = w.serverWaited()
	w.hostKills = hostOOMKills()
}

// OutOfHostMemory reports whether a program that nobody here killed was ended because the host had no memory left, and not for
// its own limit. The host's counter is asked, since there is none of the container: what else was killed at that time is
// taken for the program's own kill, if it ended by SIGKILL as well.
func (w *Sampler) OutOfHostMemory(f *container.Finished, peakBytes int64) bool {
	return f.Status.Signaled() && f.Status.Signal() == unix.SIGKILL && (w.memoryLimit == 0 || peakBytes <= w.memoryLimit) &&
		hostOOMKills() > w.hostKills
}

// hostOOMKills is how many processes the host has killed since it was started because memory had run out; 0 where the kernel
// does not tell.
func hostOOMKills() int64 {
	text, err := os.ReadFile("/proc/vmstat")
	if err != nil {
		return 0
	}
	return parseOOMKills(string(text))
}

func parseOOMKills(vmstat string) int64 {
	for line := range strings.Lines(vmstat) {
		if count, ok := strings.CutPrefix(line, "oom_kill "); ok {
			n, _ := strconv.ParseInt(strings.TrimSpace(count), 10, 64) // 0 is what a broken line is worth
			return n
		}
	}
	return 0
}

// CPU is the CPU time known to be used so far.
func (w *Sampler) CPU() time.Duration { return max(w.Booked, w.observed) }

// OverMemory reports whether more memory was taken at the last sample than the run may have.
func (w *Sampler) OverMemory() bool { return w.memoryLimit > 0 && w.memory > w.memoryLimit }

// Usage is the usage of a run that has finished, approximately.
func (w *Sampler) Usage(f *container.Finished) (cpu time.Duration, peakBytes int64) {
	return max(f.CPU-f.SetupCPU, w.CPU()), max(w.peak, f.PeakRSS)
}

// tick is the unit of CPU times in /proc/pid/stat (USER_HZ, 100 on every architecture that Gavel knows).
const tick = 10 * time.Millisecond

// serverWaited is the CPU time of what pid 1 has waited for.
func (w *Sampler) serverWaited() time.Duration {
	p, err := w.readProcess(1)
	if err != nil {
		return 0
	}
	return p.waited
}

// Sample reads the state of every process.
func (w *Sampler) Sample(now time.Time) error {
	w.Next = now.Add(sampleInterval)
	pids, err := w.pids()
	if err != nil {
		return err
	}
	booked, seen := time.Duration(0), make(map[int]procStat, len(pids))
	var private, shared int64
	for _, pid := range pids {
		p, err := w.readProcess(pid)
		if err != nil {
			continue // it has ended since
		}
		if pid == 1 {
			// Both values are cut to whole ticks, for user and system time each: never count too much.
			booked += max(p.waited-w.waitedBefore-2*tick, 0)
			continue
		}
		booked += p.cpu + p.waited
		w.observed += p.growth(w.last[pid])
		seen[pid] = p
		private, shared = private+p.private, shared+p.shared
	}
	w.last, w.Booked = seen, max(w.Booked, booked)
	return w.sumMemory(private, shared)
}

// sumMemory updates the memory of all processes together, from bytes. Pages that several processes share were counted once for
// each; the slower exact count is made only when the difference matters to the limit.
func (w *Sampler) sumMemory(private, shared int64) error {
	files, err := w.files()
	if err != nil {
		return err
	}
	w.memory = private + max(shared, files)
	if w.OverMemory() && len(w.last) > 1 || w.OverMemory() && shared > 0 {
		private, shared = 0, 0
		for pid, p := range w.last {
			anon, shmem := w.proportional(pid)
			private, shared = private+anon+p.tables, shared+shmem
		}
		w.memory = private + max(shared, files)
	}
	w.peak = max(w.peak, w.memory)
	return nil
}

// files is the memory in bytes that the files in the writable directories take.
func (w *Sampler) files() (int64, error) {
	var sum int64
	for _, dir := range w.scratch {
		var fs unix.Statfs_t
		if err := unix.Fstatfs(int(dir.Fd()), &fs); err != nil {
			return 0, os.NewSyscallError("fstatfs", err)
		}
		sum += int64(fs.Blocks-fs.Bfree) * fs.Bsize
	}
	return sum, nil
}

// pids lists the processes of the container, pid 1 too.
func (w *Sampler) pids() ([]int, error) {
	fd := int(w.proc.Fd())
	if _, err := unix.Seek(fd, 0, unix.SEEK_SET); err != nil {
		return nil, os.NewSyscallError("lseek", err)
	}
	var pids []int
	for {
		n, err := unix.Getdents(fd, w.buf)
		if err != nil {
			return nil, os.NewSyscallError("getdents64", err)
		}
		if n == 0 {
			return pids, nil
		}
		for _, name := range direntNames(w.buf[:n]) {
			if pid, err := strconv.Atoi(name); err == nil {
				pids = append(pids, pid)
			}
		}
	}
}

// direntNames returns the names in the result of getdents64.
func direntNames(buf []byte) []string {
	_, _, names := unix.ParseDirent(buf, -1, nil)
	return names
}
