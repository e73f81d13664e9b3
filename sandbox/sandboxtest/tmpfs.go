package sandboxtest

import (
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// Tmpfs mounts a small file system of its own for the time of the test and returns its directory. options are those of
// tmpfs(5): size=64m.
func Tmpfs(t testing.TB, options string) string {
	t.Helper()
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, options); err != nil {
		t.Fatal(os.NewSyscallError("mount", err))
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, 0); err != nil {
			t.Error(os.NewSyscallError("umount", err))
		}
	})
	return dir
}
