// Command init is process 1 of the virtual machine in which test-vm.sh runs kernel tests: it mounts what they
// need, a pure version 2 control group tree among it, runs every test binary, says how each ended, and stops
// the machine. The script reads the lines that begin with "vm:".
//
//	process 1, reaps orphans ──> this program once more, with an argument ──> /tests/0/test, /tests/1/test, ...
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

func main() {
	if len(os.Args) > 1 {
		if !runTests() {
			os.Exit(1)
		}
		return
	}
	result := "fail"
	if err := boot(); err != nil {
		fmt.Println("vm: boot:", err)
	} else if err := reapUntilTested(); err != nil {
		fmt.Println("vm: tests:", err)
	} else {
		result = "ok"
	}
	fmt.Println("vm: result", result)
	unix.Sync()
	// The machine is started with -no-reboot, so this ends it, without need of ACPI.
	fmt.Println("vm: reboot:", unix.Reboot(unix.LINUX_REBOOT_CMD_RESTART))
}

// boot mounts the file systems, in this order because the later ones lie on the earlier.
func boot() error {
	for _, m := range []struct{ kind, at, options string }{
		{"proc", "/proc", ""},
		{"sysfs", "/sys", ""},
		{"devtmpfs", "/dev", ""},
		{"tmpfs", "/dev/shm", ""},
		{"tmpfs", "/tmp", ""},
		{"tmpfs", "/run", ""},
		{"cgroup2", "/sys/fs/cgroup", ""},
	} {
		if err := os.MkdirAll(m.at, 0o755); err != nil {
			return err
		}
		if err := unix.Mount(m.kind, m.at, m.kind, 0, m.options); err != nil {
			return fmt.Errorf("mount %s: %w", m.at, os.NewSyscallError("mount", err))
		}
	}
	return os.Symlink("/proc/self/fd", "/dev/fd")
}

// reapUntilTested starts the tests and takes in every orphan until they are done.
func reapUntilTested() error {
	tests, err := os.StartProcess("/proc/self/exe", []string{"init", "run"}, &os.ProcAttr{
		Env: []string{
			"PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "HOME=/tmp", "TMPDIR=/tmp",
			"GAVEL_REQUIRE=" + os.Getenv("GAVEL_REQUIRE"), "VM_FLAGS=" + os.Getenv("VM_FLAGS"),
		},
		Files: []*os.File{os.Stdin, os.Stdout, os.Stderr},
	})
	if err != nil {
		return err
	}
	for {
		var status unix.WaitStatus
		pid, err := unix.Wait4(-1, &status, 0, nil)
		switch {
		case errors.Is(err, unix.EINTR) || err == nil && pid != tests.Pid:
		case err != nil:
			return os.NewSyscallError("wait4", err)
		case status != 0:
			return errors.New("not all passed")
		default:
			return nil
		}
	}
}

// runTests runs every test binary, each in its own directory, where its testdata is.
func runTests() bool {
	binaries, err := filepath.Glob("/tests/*/test")
	if err != nil || len(binaries) == 0 {
		fmt.Println("vm: no tests", err)
		return false
	}
	ok := true
	for _, binary := range binaries {
		dir := filepath.Dir(binary)
		name, _ := os.ReadFile(filepath.Join(dir, "package")) // only for the line below
		flags := strings.FieldsFunc(os.Getenv("VM_FLAGS"), func(r rune) bool { return r == ',' })
		cmd := exec.Command(binary, append([]string{"-test.timeout=10m"}, flags...)...)
		cmd.Dir, cmd.Stdout, cmd.Stderr = dir, os.Stdout, os.Stderr
		err := cmd.Run()
		outcome := "pass"
		if err != nil {
			outcome, ok = "FAIL ("+err.Error()+")", false
		}
		fmt.Printf("vm: %s %s\n", outcome, strings.TrimSpace(string(name)))
	}
	return ok
}
