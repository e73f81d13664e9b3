package sandbox

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/sandbox/container"
)

// watch measures a container that has no control group, by looking at each of its processes every lookEvery.
//
// CPU time is the larger of two sums. One is what is booked: the time of the living, of the children that they
// have waited for, and of what pid 1 has waited for. The other is what was seen: the growth of every process
// between two looks, so that the time of children that nobody waits for (SIGCHLD ignored) is not lost. At the end
// of a run the first is exact to the microsecond. What it misses are children that nobody waits for and that live
// between two looks.
//
// Memory is anonymous memory, page tables, and the larger of the shared memory that is mapped and the files in
// the writable directories. What it misses is memory of the kernel (sockets, pipes) and shared memory that no
// process has mapped at the moment of a look.
type watch struct {
	proc    *os.File   // the container's own /proc
	scratch []*os.File // its writable directories

	limits Limits
	next   time.Time // when to look again
	seen   map[int]process
	before time.Duration // CPU time that pid 1 had waited for when the run began
	booked time.Duration // highest sum so far
	spent  time.Duration // growth seen so far
	memory Bytes         // now
	peak   Bytes
	buf    []byte
}

// How often a watch looks. A program can write a gigabyte of memory in 300 ms.
const (
	lookFirst = 2 * time.Millisecond
	lookEvery = 10 * time.Millisecond
)

func newWatch(ctx context.Context, client *container.Client) (*watch, error) {
	items := []container.OpenCmd{{Path: "/proc", Dir: true}}
	for _, dir := range scratchDirs {
		items = append(items, container.OpenCmd{Path: dir, Dir: true})
	}
	opened, err := client.Open(ctx, items)
	if err != nil {
		return nil, err
	}
	w := &watch{buf: make([]byte, 16<<10)}
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
		w.close()
		return nil, fmt.Errorf("watch the container: %w", err)
	}
	return w, nil
}

// close may be called twice.
func (w *watch) close() {
	for _, f := range append(w.scratch, w.proc) {
		if f != nil {
			_ = f.Close() // nothing was written
		}
	}
}

func (w *watch) start(l *Limits) {
	*w = watch{proc: w.proc, scratch: w.scratch, buf: w.buf, limits: *l, seen: map[int]process{}}
	w.next = time.Now().Add(lookFirst)
	w.before = w.serverWaited()
}

// cpu is what is known to be used.
func (w *watch) cpu() time.Duration { return max(w.booked, w.spent) }

func (w *watch) overMemory() bool { return w.limits.Memory > 0 && w.memory > w.limits.Memory }

// usage is what a run has used that is over.
func (w *watch) usage(f *container.Finished) (cpu time.Duration, peak Bytes, approximate bool) {
	return max(f.CPU-f.SetupCPU, w.cpu()), max(w.peak, Bytes(f.PeakRSS)), true
}

// tick is the unit of CPU times in /proc/pid/stat (USER_HZ, 100 on every architecture that Gavel knows).
const tick = 10 * time.Millisecond

// serverWaited is the CPU time of what pid 1 has waited for.
func (w *watch) serverWaited() time.Duration {
	p, err := w.process(1)
	if err != nil {
		return 0
	}
	return p.waited
}

// look looks at every process.
func (w *watch) look(now time.Time) error {
	w.next = now.Add(lookEvery)
	pids, err := w.pids()
	if err != nil {
		return err
	}
	booked, seen := time.Duration(0), make(map[int]process, len(pids))
	var private, shared Bytes
	for _, pid := range pids {
		p, err := w.process(pid)
		if err != nil {
			continue // it has just ended
		}
		if pid == 1 {
			// Both values are cut to whole ticks, for user and system time each: never count too much.
			booked += max(p.waited-w.before-2*tick, 0)
			continue
		}
		booked += p.cpu + p.waited
		w.spent += p.growth(w.seen[pid])
		seen[pid] = p
		private, shared = private+p.private, shared+p.shared
	}
	w.seen, w.booked = seen, max(w.booked, booked)
	return w.weigh(private, shared)
}

// weigh takes the memory that all processes together hold. Pages that several of them share were counted for
// each; only when that makes a difference to the limit, it is found out how many there are.
func (w *watch) weigh(private, shared Bytes) error {
	files, err := w.files()
	if err != nil {
		return err
	}
	w.memory = private + max(shared, files)
	if w.overMemory() && len(w.seen) > 1 || w.overMemory() && shared > 0 {
		private, shared = 0, 0
		for pid, p := range w.seen {
			anon, shmem := w.proportional(pid)
			private, shared = private+anon+p.tables, shared+shmem
		}
		w.memory = private + max(shared, files)
	}
	w.peak = max(w.peak, w.memory)
	return nil
}

// files is what the files in the writable directories take.
func (w *watch) files() (Bytes, error) {
	var sum Bytes
	for _, dir := range w.scratch {
		var fs unix.Statfs_t
		if err := unix.Fstatfs(int(dir.Fd()), &fs); err != nil {
			return 0, os.NewSyscallError("fstatfs", err)
		}
		sum += Bytes(fs.Blocks-fs.Bfree) * Bytes(fs.Bsize)
	}
	return sum, nil
}

// pids lists the processes of the container, pid 1 too.
func (w *watch) pids() ([]int, error) {
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

// direntNames takes the names out of what getdents64 gave.
func direntNames(buf []byte) []string {
	_, _, names := unix.ParseDirent(buf, -1, nil)
	return names
}
