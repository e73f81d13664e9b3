package embedded

import (
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/sandbox/sandboxtest"
)

// A full disk is found by its room, whatever the server's log says.
func TestDiskIsFull(t *testing.T) {
	if diskIsFull(t.TempDir()) {
		t.Error("the disk of the test is called full")
	}
	sandboxtest.Require(t, sandboxtest.Root)
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=8m"); err != nil {
		t.Fatal(os.NewSyscallError("mount", err))
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, 0); err != nil {
			t.Error(os.NewSyscallError("unmount", err))
		}
	})
	if !diskIsFull(dir) {
		t.Error("a disk of 8 MiB is not called full")
	}
}
