package sandbox_test

import (
	"os/exec"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/sandbox"
	"github.com/gaveloj/gavel/sandbox/pool"
)

// TestStarvedProgram shares the container's core with busy processes of the host. The program needs more
// real time than its wall limit says, and that is not its doing.
func TestStarvedProgram(t *testing.T) {
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
	for range 6 {
		busy := exec.Command("sh", "-c", "while :; do :; done")
		if err := busy.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			_ = busy.Process.Kill()
			_ = busy.Wait() // it was killed
		})
		if err := unix.SchedSetaffinity(busy.Process.Pid, &core); err != nil {
			t.Fatal(err)
		}
	}
	limits := generous()
	limits.CPU = 500 * time.Millisecond
	burn := func(wall time.Duration) sandbox.Result {
		limits.Wall = wall
		return run(t, box, sandbox.Command{Args: program("burn"), Limits: limits})
	}
	const most = 4 // wall limits that a run may take when the host holds it up
	var last sandbox.Result
	for range 5 {
		// What the program needs differs by the host, from one half (where the scheduler favours the container's
		// group) to a tenth of the core, and from one moment to the next.
		needed := burn(generous().Wall).Wall
		last = burn(max(needed/2, limits.CPU*5/4))
		if last.Wall <= limits.Wall || last.KilledBy == sandbox.KillWall && last.Wall >= most*limits.Wall {
			continue // not starved this time, or by more than a run may be
		}
		if last.KilledBy != sandbox.KillCPU || last.RunDelay == 0 {
			t.Errorf("a program that was starved ended with %+v, want a kill for CPU time", last)
		}
		return
	}
	t.Errorf("no run was starved so that it took between 1 and %d wall limits; the last, with a limit of %v: %+v",
		most, limits.Wall, last)
}
