package sandboxtest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// Every kind of leak has to show while it is there, and not after.
func TestInventorySeesLeaks(t *testing.T) {
	for _, c := range []struct {
		name, shows string
		leak        func(t *testing.T) (undo func())
	}{
		{"descriptor", "open /", leakDescriptor},
		{"process", "(sleep)", leakProcess},
		{"zombie", "state Z", leakZombie},
		{"mount", "mount ", leakMount},
		{"control group", "control group /", leakGroup},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := inventoryNow(t)
			undo := c.leak(t)
			if extra := inventoryNow(t).beyond(before); !strings.Contains(strings.Join(extra, "\n"), c.shows) {
				t.Errorf("the leak does not show as %q in %q", c.shows, extra)
			}
			undo()
			if err := settle(before, t.Name()); err != nil {
				t.Error(err)
			}
		})
	}
}

func inventoryNow(t *testing.T) inventory {
	t.Helper()
	all, err := takeInventory(t.Name())
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func leakDescriptor(t *testing.T) func() {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "file"))
	if err != nil {
		t.Fatal(err)
	}
	return func() { _ = f.Close() }
}

func leakProcess(t *testing.T) func() {
	t.Helper()
	cmd := exec.Command("sleep", "1000")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // killed: an error by nature
	}
}

func leakZombie(t *testing.T) func() {
	t.Helper()
	cmd := exec.Command("true")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var info unix.Siginfo
	if err := unix.Waitid(unix.P_PID, cmd.Process.Pid, &info, unix.WEXITED|unix.WNOWAIT, nil); err != nil {
		t.Fatal(err)
	}
	return func() { _ = cmd.Wait() }
}

func leakMount(t *testing.T) func() {
	t.Helper()
	Require(t, Root)
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=64k"); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := unix.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	}
}

func leakGroup(t *testing.T) func() {
	t.Helper()
	Require(t, Root, Cgroup)
	dir := filepath.Join(cgroupTop(t), fmt.Sprintf("gavel-leak%d", os.Getpid()))
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := unix.Rmdir(dir); err != nil {
			t.Error(err)
		}
	}
}

// cgroupTop is where some control group hierarchy is mounted.
func cgroupTop(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		if strings.Contains(line, " - cgroup2 ") || strings.Contains(line, "rw,pids") {
			return strings.Fields(line)[4]
		}
	}
	t.Skip("no hierarchy that takes a plain directory")
	return ""
}

// The tree of a worker whose locks /proc/locks does not show here is not a dead one's.
func TestGroupOfAnotherPIDNamespaceIsAlive(t *testing.T) {
	top := t.TempDir()
	tree := filepath.Join(top, "gavel-7")
	if err := os.Mkdir(tree, 0o755); err != nil {
		t.Fatal(err)
	}
	if found := unlocked(top, ""); len(found) != 1 {
		t.Fatalf("unlocked() = %q, want the tree", found)
	}
	dir, err := os.Open(tree)
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	if err := unix.Flock(int(dir.Fd()), unix.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	if found := unlocked(top, ""); len(found) != 0 {
		t.Errorf("unlocked() = %q, want none", found)
	}
}
