package sandboxtest

import (
	"os/exec"
	"testing"

	"golang.org/x/sys/unix"
)

// Crowd keeps cores busy with n processes that spin on them, outside of any container, until the test ends.
func Crowd(t testing.TB, cores *unix.CPUSet, n int) {
	t.Helper()
	for range n {
		spin := exec.Command("sh", "-c", "while :; do :; done")
		if err := spin.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			_ = spin.Process.Kill()
			_ = spin.Wait() // it was killed
		})
		if err := unix.SchedSetaffinity(spin.Process.Pid, cores); err != nil {
			t.Fatal(err)
		}
	}
}
