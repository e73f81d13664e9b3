package sandbox

import (
	"context"
	"encoding/binary"
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// pin locks the calling goroutine to a thread on the container's cores, until unpin. Waking the thread that waits for the
// program costs 10 us on the program's own core, and 50 to 90 across cores.
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
		// These are the cores of the worker when it started. A thread that does not get them back stays with this
		// goroutine and ends with it: given back to the scheduler, it would hold any other goroutine on these cores.
		if unix.SchedSetaffinity(0, &s.all) == nil {
			runtime.UnlockOSThread()
		}
	}, nil
}

// wakeAfter wakes the run when ctx ends, until stop is called.
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

// wake makes a run check its context.
func (s *Sandbox) wake() {
	var one [8]byte
	binary.NativeEndian.PutUint64(one[:], 1)
	_, _ = unix.Write(s.cancel, one[:]) // EAGAIN: it is awake already
}

// clearWake resets the eventfd after a wake.
func (s *Sandbox) clearWake() {
	var b [8]byte
	_, _ = unix.Read(s.cancel, b[:]) // EAGAIN: noted already
}
