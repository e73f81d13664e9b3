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

	"golang.org/x/sys/unix"
)

func main() {
	err := boot()
	if err == nil {
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

// environment is that of a root login.
func environment() []string {
	return []string{
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LANG=C.UTF-8",
		"GAVEL_REQUIRE=" + os.Getenv("GAVEL_REQUIRE"), "VM_FLAGS=" + os.Getenv("VM_FLAGS"),
	}
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
