package container

import (
	"runtime"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/sandbox/sandboxtest"
)

func TestDefaultPriority(t *testing.T) {
	sandboxtest.Require(t, sandboxtest.Root)
	for name, given := range map[string]unix.SchedAttr{
		"default": {}, "nice": {Nice: 5}, "hurried": {Nice: -5}, "batch": {Policy: unix.SCHED_BATCH, Nice: 3},
		"idle": {Policy: unix.SCHED_IDLE}, "real time": {Policy: unix.SCHED_RR, Priority: 1},
	} {
		t.Run(name, func(t *testing.T) {
			runtime.LockOSThread() // and never unlocked: the thread ends with this goroutine
			given.Size = unix.SizeofSchedAttr
			if err := unix.SchedSetAttr(0, &given, 0); err != nil {
				t.Skipf("sched_setattr: %v", err) // such as real time in a control group that has none
			}
			var inside *unix.SchedAttr
			err := atDefaultPriority(func() (err error) {
				inside, err = unix.SchedGetAttr(0, 0)
				return err
			})
			if err != nil || inside.Policy != unix.SCHED_NORMAL || inside.Nice != 0 {
				t.Errorf("inside: %+v, %v, want policy 0 and niceness 0", inside, err)
			}
			after, err := unix.SchedGetAttr(0, 0)
			if err != nil || after.Policy != given.Policy || after.Nice != given.Nice || after.Priority != given.Priority {
				t.Errorf("afterwards: %+v, %v, want %+v", after, err, given)
			}
		})
	}
}
