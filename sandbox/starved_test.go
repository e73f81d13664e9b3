package sandbox_test

import (
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/sandbox"
	"github.com/gaveloj/gavel/sandbox/pool"
	"github.com/gaveloj/gavel/sandbox/sandboxtest"
)

// newCrowdedBox is a container that shares its core with busy processes of the host.
func newCrowdedBox(t *testing.T, busy int) *sandbox.Sandbox {
	t.Helper()
	require(t)
	p, err := pool.New(t.Context(), pool.Config{Slots: 1, Pin: true, Mounts: []pool.Mount{programs()}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	box, err := p.Lease(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var core unix.CPUSet
	if err := unix.SchedGetaffinity(box.Pid(), &core); err != nil {
		t.Fatal(err)
	}
	sandboxtest.Crowd(t, &core, busy)
	return box
}

// most is how many wall limits a run may take when the host holds it up.
const most = 4

// TestStarvedProgram: that a program needs more real time than its wall limit, on a busy core, is not its doing.
// TestStarvedProgramIsWaitedFor has the rule.
func TestStarvedProgram(t *testing.T) {
	box := newCrowdedBox(t, 6)
	// It cannot use up its CPU time within its wall limit, and on this core it gets half of it at best.
	limits := generous()
	limits.CPU, limits.Wall = 500*time.Millisecond, 400*time.Millisecond
	res := run(t, box, sandbox.Command{Args: program("burn"), Limits: limits})
	if res.RunDelay == 0 {
		t.Errorf("a program that was starved has no run delay: %+v", res)
	}
	allowed := min(limits.Wall+res.RunDelay, most*limits.Wall)
	if res.KilledBy != sandbox.KillCPU && (res.KilledBy != sandbox.KillWall || res.Wall < allowed) {
		t.Errorf("a program that was starved ended with %+v, want a kill for CPU time, or for wall time after %v", res, allowed)
	}
}

// Nor is it, whichever of its threads and processes does the work. A program that sleeps is not starved.
func TestStarvedThreads(t *testing.T) {
	box := newCrowdedBox(t, 3)
	for _, how := range []string{"first", "second", "child", "children"} {
		t.Run(how, func(t *testing.T) {
			limits := generous()
			limits.CPU, limits.Wall = 400*time.Millisecond, 300*time.Millisecond
			// With three others on its core it takes twice its wall limit at least, so once is proof. Who counts may have
			// to wait as well, and children that end meanwhile are not counted.
			for try := 1; ; try++ {
				res := run(t, box, sandbox.Command{Args: program("share", how), Limits: limits})
				ended := res.KilledBy == sandbox.KillNone && res.Outcome == sandbox.OutcomeExited && res.ExitCode == 0
				if ended && res.Wall-res.RunDelay <= limits.Wall {
					return
				}
				if !ended && res.KilledBy == sandbox.KillWall && res.Wall >= most*limits.Wall {
					return // the host has more to do than this test gives it
				}
				if try == 10 {
					t.Fatalf("ended with %s, and %v of delay; want that it is waited for", describe(res), res.RunDelay)
				}
			}
		})
	}
	t.Run("sleep", func(t *testing.T) {
		limits := generous()
		limits.Wall = time.Second
		res := run(t, box, sandbox.Command{Args: program("share", "sleep"), Limits: limits})
		if res.KilledBy != sandbox.KillWall || res.Wall-res.RunDelay < limits.Wall {
			t.Errorf("ended with %s, and %v of delay; want a kill at the wall limit", describe(res), res.RunDelay)
		}
		// It has nothing to run for but its own start.
		if res.RunDelay > limits.Wall {
			t.Errorf("%v of delay for a program that sleeps", res.RunDelay)
		}
	})
}
