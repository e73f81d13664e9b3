package serve

import (
	"fmt"
	"math"
	"os"
	"runtime"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/queue/message"
)

// Two fixed pieces of work tell whether hosts are of equal speed. They run in this process, on one thread, and what
// counts is the CPU time of the thread, so that a neighbour who takes the core does not matter, and one who takes the
// cache does.

const (
	// mixSteps take about 50 ms at 3 GHz: each one waits for the one before.
	mixSteps = 24_000_000
	// chaseCells of four bytes are 64 MiB, more than most caches of the last level give to one core.
	chaseCells = 1 << 24
	// chaseSteps take about 50 ms at 200 ns for a cell of main memory that no translation buffer knows (measured 2026,
	// virtual machine with nested pages).
	chaseSteps = 250_000
	// calibrations is how often each is done; the fastest counts.
	calibrations = 3
)

// calibrate measures this host.
func calibrate() (*message.Calibration, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	cells, free, err := chaseTable(chaseCells)
	if err != nil {
		return nil, err
	}
	defer free()
	compute, err := fastest(func() uint64 { return mix(mixSteps) }, mixed)
	if err != nil {
		return nil, fmt.Errorf("calibrate CPU: %w", err)
	}
	memory, err := fastest(func() uint64 { return chase(cells, chaseSteps) }, chased)
	if err != nil {
		return nil, fmt.Errorf("calibrate memory: %w", err)
	}
	return &message.Calibration{CPU: milliseconds(compute), Memory: milliseconds(memory)}, nil
}

func milliseconds(d time.Duration) float64 {
	return math.Round(float64(d)/float64(time.Millisecond)*100) / 100
}

// fastest is the least CPU time that the work took. A result other than the known one tells of a broken host.
func fastest(work func() uint64, want uint64) (time.Duration, error) {
	best := time.Duration(math.MaxInt64)
	for range calibrations {
		before, err := threadTime()
		if err != nil {
			return 0, err
		}
		if got := work(); got != want {
			return 0, fmt.Errorf("this host computes %#x where %#x is right", got, want)
		}
		after, err := threadTime()
		if err != nil {
			return 0, err
		}
		best = min(best, after-before)
	}
	return max(best, time.Nanosecond), nil
}

func threadTime() (time.Duration, error) {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &ts); err != nil {
		return 0, os.NewSyscallError("clock_gettime", err)
	}
	return time.Duration(ts.Nano()), nil
}

// mix computes without touching memory: the finaliser of MurmurHash3, again and again.
func mix(steps int) uint64 {
	x := uint64(1)
	for i := range uint64(steps) {
		x ^= x >> 33
		x *= 0xff51afd7ed558ccd
		x ^= x >> 29
		x += i
	}
	return x
}

// chaseTable holds one walk through n cells, a power of two: each tells the next, far away.
func chaseTable(n int) (cells []uint32, free func(), err error) {
	// Not from the heap: the memory is given back at once.
	raw, err := unix.Mmap(-1, 0, 4*n, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err != nil {
		return nil, nil, fmt.Errorf("calibrate memory: %w", os.NewSyscallError("mmap", err))
	}
	cells = toCells(raw)
	for i := range cells {
		cells[i] = (uint32(i)*chaseFactor + chaseStep) % uint32(n)
	}
	return cells, func() { _ = unix.Munmap(raw) }, nil
}

// A factor of the form 4k+1 and an odd step make the walk visit every cell (Hull and Dobell, 1962).
const (
	chaseFactor = 1_664_525
	chaseStep   = 1_013_904_223
)

// chase waits for main memory: where to look next is known only when the last look is done.
func chase(cells []uint32, steps int) uint64 {
	at := uint32(0)
	for range steps {
		at = cells[at]
	}
	return uint64(at)
}

// What the pieces of work come to.
const (
	mixed  = 0xc0b6b62316fe1428
	chased = 0x7d36d0
)

// toCells views memory as cells.
func toCells(raw []byte) []uint32 {
	return unsafe.Slice((*uint32)(unsafe.Pointer(unsafe.SliceData(raw))), len(raw)/4)
}
