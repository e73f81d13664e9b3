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
	limits.CPU, limits.Wall = time.Second, 1300*time.Millisecond
	for range 5 { // where the scheduler favours the container's group there is nothing to see
		res := run(t, box, sandbox.Command{Args: program("burn"), Limits: limits})
		if res.KilledBy != sandbox.KillCPU {
			t.Fatalf("a program that was starved ended with %+v, want a kill for CPU time", res)
		}
		if res.Wall > limits.Wall && res.RunDelay > 0 {
			return
		}
	}
	t.Errorf("the program never took longer than its wall limit of %v", limits.Wall)
}
