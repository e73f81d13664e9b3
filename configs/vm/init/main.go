// Command init is process 1 of the virtual machine in which test-vm.sh runs kernel tests. It loads the drivers,
// makes the disk with Debian on it the root, mounts what that needs, a pure version 2 control group tree among
// it, and runs the program that the kernel's command line names. The script reads the line "vm: result ok".
//
//	initramfs: /init, /modules ──> disk 0: Debian ──> /work, disk 1: tests, gavel, packages ──> VM_RUN
package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

func main() {
	err := boot()
	switch system := os.Getenv("VM_INIT"); {
	case err != nil:
	case system != "":
		err = become(system)
	default:
		err = reapUntilDone(os.Getenv("VM_RUN"))
	}
	if err != nil {
		fmt.Println("vm:", err)
		fmt.Println("vm: result fail")
	} else {
		fmt.Println("vm: result ok")
	}
	unix.Sync()
	// The machine is started with -no-reboot, so this ends it, without need of ACPI.
	fmt.Println("vm: reboot:", unix.Reboot(unix.LINUX_REBOOT_CMD_RESTART))
}

// environment is that of a root login, with what the kernel's command line says to tests.
func environment() []string {
	env := []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LANG=C.UTF-8"}
	for _, name := range []string{"GAVEL_REQUIRE", "GAVEL_ATTACK", "GAVEL_SLOWNESS", "GAVEL_PAIR_RUNS", "VM_FLAGS"} {
		env = append(env, name+"="+os.Getenv(name))
	}
	return env
}

// become makes another init of this process. Its unit for the tests is on the second disk.
func become(system string) error {
	const from, to = "/work/guest/vm-test.service", "/run/systemd/system/vm-test.service"
	unit, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	if err := errors.Join(os.MkdirAll(filepath.Dir(to), 0o755), os.WriteFile(to, unit, 0o644)); err != nil {
		return err
	}
	return os.NewSyscallError("execve", unix.Exec(system, []string{system}, environment()))
}

// reapUntilDone runs a program of the disk and takes in every orphan until it ends.
func reapUntilDone(program string) error {
	child, err := os.StartProcess(program, []string{program}, &os.ProcAttr{
		Dir: "/", Env: environment(), Files: []*os.File{os.Stdin, os.Stdout, os.Stderr},
	})
	if err != nil {
		return err
	}
	for {
		var status unix.WaitStatus
		pid, err := unix.Wait4(-1, &status, 0, nil)
		switch {
		case errors.Is(err, unix.EINTR) || err == nil && pid != child.Pid:
		case err != nil:
			return os.NewSyscallError("wait4", err)
		case status != 0:
			return errors.New("not everything passed")
		default:
			return nil
		}
	}
}
