package sandbox

import (
	"fmt"
	"os"
	"runtime"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// A thread that cannot be given its cores back ends with its goroutine, instead of holding other ones on a core.
func TestUnpinKeepsPinnedThread(t *testing.T) {
	t.Parallel()
	s := &Sandbox{pinned: true} // all is empty: the kernel refuses that
	if err := unix.SchedGetaffinity(0, &s.cpus); err != nil {
		t.Fatal(err)
	}
	for i := range s.cpus {
		s.cpus[i] &= -s.cpus[i] // no more than one core of each word
	}
	thread := make(chan int)
	go besideFirstThread(func() { // joined below
		unpin, err := s.pin()
		if err != nil {
			t.Errorf("pin() = %v", err)
			thread <- 0
			return
		}
		id := unix.Gettid()
		unpin()
		thread <- id
	})
	id := <-thread
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(30 * time.Second); ; <-tick.C {
		if _, err := os.Stat(fmt.Sprintf("/proc/self/task/%d", id)); err != nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("a thread that is held on one core was given back")
		}
	}
}

// besideFirstThread runs f in a goroutine that begins on another thread than the first of the process, which the runtime
// never ends: it only parks it.
func besideFirstThread(f func()) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if unix.Gettid() != unix.Getpid() {
		f()
		return
	}
	done := make(chan struct{})
	go func() { // on another thread, since this one is held
		defer close(done)
		besideFirstThread(f)
	}()
	<-done
}
