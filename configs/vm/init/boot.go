package main

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// newRoot is where the disk lies before it becomes the root.
const newRoot = "/disk"

// mounted is one file system and where it goes.
type mounted struct {
	source, at, kind string
	flags            uintptr
	options          string
}

// boot takes the machine from the initramfs to a Debian root with everything mounted, in this order because
// the later file systems lie on the earlier.
func boot() error {
	if err := mountAll([]mounted{{"dev", "/dev", "devtmpfs", 0, ""}}); err != nil {
		return err
	}
	if err := loadModules("/modules"); err != nil {
		return err
	}
	for _, disk := range []string{"/dev/vda", "/dev/vdb"} {
		if err := await(disk); err != nil {
			return err
		}
	}
	if err := mountAll([]mounted{
		{"/dev/vda", newRoot, "ext4", 0, ""},
		{"/dev/vdb", newRoot + "/work", "ext4", 0, ""},
	}); err != nil {
		return err
	}
	if err := enter(newRoot); err != nil {
		return err
	}
	if err := mountAll([]mounted{
		{"proc", "/proc", "proc", unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC, ""},
		{"sysfs", "/sys", "sysfs", unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC, ""},
		{"dev", "/dev", "devtmpfs", unix.MS_NOSUID, ""},
		{"devpts", "/dev/pts", "devpts", unix.MS_NOSUID | unix.MS_NOEXEC, ""},
		{"tmpfs", "/dev/shm", "tmpfs", unix.MS_NOSUID | unix.MS_NODEV, ""},
		{"tmpfs", "/run", "tmpfs", unix.MS_NOSUID | unix.MS_NODEV, "mode=755"},
		{"cgroup2", "/sys/fs/cgroup", "cgroup2", unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC, "nsdelegate"},
	}); err != nil {
		return err
	}
	if err := os.Symlink("/proc/self/fd", "/dev/fd"); err != nil {
		return err
	}
	return loopbackUp()
}

func mountAll(list []mounted) error {
	for _, m := range list {
		if err := os.MkdirAll(m.at, 0o755); err != nil {
			return err
		}
		if err := unix.Mount(m.source, m.at, m.kind, m.flags, m.options); err != nil {
			return fmt.Errorf("mount %s: %w", m.at, os.NewSyscallError("mount", err))
		}
	}
	return nil
}

// loadModules loads the kernel modules in dir in the order of their names.
func loadModules(dir string) error {
	files, err := filepath.Glob(dir + "/*.ko")
	if err != nil {
		return err
	}
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		err = unix.FinitModule(int(f.Fd()), "", 0)
		_ = f.Close() // read only, nothing to lose
		if err != nil {
			return fmt.Errorf("load %s: %w", name, os.NewSyscallError("finit_module", err))
		}
	}
	return nil
}

// await waits for a device, which the kernel finds in its own time.
func await(device string) error {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	deadline := time.Now().Add(30 * time.Second)
	for {
		_, err := os.Stat(device)
		if err == nil || time.Now().After(deadline) {
			return err
		}
		<-tick.C
	}
}

// enter makes the file system at dir the root. An initramfs cannot be left by pivot_root, so it is covered.
func enter(dir string) error {
	if err := unix.Chdir(dir); err != nil {
		return os.NewSyscallError("chdir", err)
	}
	if err := unix.Mount(".", "/", "", unix.MS_MOVE, ""); err != nil {
		return os.NewSyscallError("mount", err)
	}
	if err := unix.Chroot("."); err != nil {
		return os.NewSyscallError("chroot", err)
	}
	return os.Chdir("/")
}

// loopbackUp switches the loopback device on.
func loopbackUp() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return os.NewSyscallError("socket", err)
	}
	defer unix.Close(fd)
	request, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	request.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	return os.NewSyscallError("ioctl", unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, request))
}
