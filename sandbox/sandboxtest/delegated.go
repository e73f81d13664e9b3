package sandboxtest

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// unified is where control groups of version 2 are mounted.
const unified = "/sys/fs/cgroup"

// Delegable needs the top of a version 2 tree, where a group can be made over to somebody else.
func Delegable() error {
	if err := CgroupVersion(2)(); err != nil {
		return err
	}
	if _, err := os.Stat(unified + "/cgroup.type"); err == nil {
		return errors.New(unified + " is not the top of the control groups")
	}
	return nil
}

// delegate makes a group over to a user, and returns how a process is started in it. With the test the
// group goes, which must be empty by then.
func delegate(t testing.TB, name string, uid int) *syscall.SysProcAttr {
	t.Helper()
	group := filepath.Join(unified, name)
	// What systemd hands down and makes over (Delegate= in systemd.resource-control(5); kernel:
	// Documentation/admin-guide/cgroup-v2.rst, Delegation Containment). Workers that root ran may have taken back
	// the controllers that they handed down.
	err := os.WriteFile(unified+"/cgroup.subtree_control", []byte("+memory +pids +cpuset"), 0)
	err = errors.Join(err, os.Mkdir(group, 0o755))
	for _, file := range []string{"", "cgroup.procs", "cgroup.threads", "cgroup.subtree_control"} {
		err = errors.Join(err, os.Chown(filepath.Join(group, file), uid, uid))
	}
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.Open(group)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(dir.Close(), os.Remove(group)); err != nil {
			t.Errorf("the group made over to a user: %v", err)
		}
	})
	return &syscall.SysProcAttr{UseCgroupFD: true, CgroupFD: int(dir.Fd())}
}
