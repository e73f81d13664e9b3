package seccomp

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	policies "github.com/gaveloj/gavel/configs/seccomp"
	"github.com/gaveloj/gavel/sandbox/sandboxtest"
)

// wearEnv makes this test binary put the default policy on ("plain" or "clone3") and become the program in
// its arguments, or, with none, make the calls of probes.
const wearEnv = "GAVEL_SECCOMP_TEST_WEAR"

func TestMain(m *testing.M) {
	variant := os.Getenv(wearEnv)
	if variant == "" {
		os.Exit(m.Run())
	}
	if err := wear(variant, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "wear:", err)
		os.Exit(97)
	}
}

// wear installs the filter on this thread, with TSYNC on all others, and goes on as the program.
func wear(variant string, argv []string) error {
	p, err := Parse(policies.Default)
	if err != nil {
		return err
	}
	if variant == "clone3" {
		p = p.WithClone3()
	}
	f, err := p.Compile()
	if err != nil {
		return err
	}
	runtime.LockOSThread()
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return os.NewSyscallError("prctl", err)
	}
	program := unix.SockFprog{
		Len:    uint16(f.Instructions()),
		Filter: (*unix.SockFilter)(unsafe.Pointer(unsafe.SliceData(f.Program))),
	}
	_, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC,
		uintptr(unsafe.Pointer(&program)))
	if errno != 0 {
		return os.NewSyscallError("seccomp", errno)
	}
	if len(argv) == 0 {
		probe()
		return nil
	}
	_ = os.Unsetenv(wearEnv) // cannot fail for a plain name
	return unix.Exec(argv[0], argv, os.Environ())
}

// probes are calls that the kernel would allow to root, or refuse with another error, were it not for the
// filter.
var probes = []struct {
	name string
	nr   uintptr
	args [3]uintptr
	want syscall.Errno
}{
	{"getpid", unix.SYS_GETPID, [3]uintptr{}, 0},
	{"socket unix", unix.SYS_SOCKET, [3]uintptr{unix.AF_UNIX, unix.SOCK_STREAM}, 0},
	{"socket inet", unix.SYS_SOCKET, [3]uintptr{unix.AF_INET, unix.SOCK_STREAM}, unix.EAFNOSUPPORT},
	{"socket inet6", unix.SYS_SOCKET, [3]uintptr{unix.AF_INET6, unix.SOCK_DGRAM}, unix.EAFNOSUPPORT},
	{"socket netlink", unix.SYS_SOCKET, [3]uintptr{unix.AF_NETLINK, unix.SOCK_RAW}, unix.EAFNOSUPPORT},
	{"ptrace", unix.SYS_PTRACE, [3]uintptr{unix.PTRACE_TRACEME}, unix.EPERM},
	{"msgget", unix.SYS_MSGGET, [3]uintptr{0, 0o600}, unix.ENOSYS},
	{"shmget", unix.SYS_SHMGET, [3]uintptr{0, 4096, 0o600}, unix.ENOSYS},
	{"semget", unix.SYS_SEMGET, [3]uintptr{0, 1, 0o600}, unix.ENOSYS},
	{"mq_open", unix.SYS_MQ_OPEN, [3]uintptr{}, unix.ENOSYS},
	{"keyctl", unix.SYS_KEYCTL, [3]uintptr{}, unix.ENOSYS},
	{"add_key", unix.SYS_ADD_KEY, [3]uintptr{}, unix.ENOSYS},
	{"unshare", unix.SYS_UNSHARE, [3]uintptr{unix.CLONE_NEWUTS}, unix.EPERM},
	{"mount", unix.SYS_MOUNT, [3]uintptr{}, unix.EPERM},
	{"chroot", unix.SYS_CHROOT, [3]uintptr{}, unix.EPERM},
	{"bpf", unix.SYS_BPF, [3]uintptr{}, unix.EPERM},
	{"perf_event_open", unix.SYS_PERF_EVENT_OPEN, [3]uintptr{}, unix.EPERM},
	{"io_uring_setup", unix.SYS_IO_URING_SETUP, [3]uintptr{}, unix.ENOSYS},
	{"userfaultfd", unix.SYS_USERFAULTFD, [3]uintptr{}, unix.EPERM},
	{"memfd_secret", unix.SYS_MEMFD_SECRET, [3]uintptr{}, unix.ENOSYS},
	{"clone with namespace", unix.SYS_CLONE, [3]uintptr{unix.CLONE_NEWUTS | uintptr(unix.SIGCHLD)}, unix.ENOSYS},
}

// probe prints every probe that does not end as wanted.
func probe() {
	for _, p := range probes {
		_, _, errno := unix.Syscall(p.nr, p.args[0], p.args[1], p.args[2])
		if errno != p.want {
			fmt.Printf("%s: %v, want %v\n", p.name, errno, p.want)
		}
	}
}

// worn prepares argv to run under the default policy, in dir.
func worn(variant, dir string, argv ...string) *exec.Cmd {
	cmd := exec.Command("/proc/self/exe", argv...)
	cmd.Env = append(os.Environ(), wearEnv+"="+variant)
	cmd.Dir = dir
	return cmd
}

func TestKernelAppliesDefaultPolicy(t *testing.T) {
	for _, variant := range []string{"plain", "clone3"} {
		if out, err := worn(variant, "").CombinedOutput(); err != nil || len(out) > 0 {
			t.Errorf("%s: %v\n%s", variant, err, out)
		}
	}
}

const (
	helloCPP = `#include <bits/stdc++.h>
int main() { std::thread t([] { std::cout << "hello\n"; }); t.join(); }`
	helloJava = `import java.util.stream.*;
public class Main { public static void main(String[] a) {
	IntStream.range(0, 100).parallel().sum(); System.out.println("hello"); } }`
	helloGo     = "package main\n\nimport \"fmt\"\n\nfunc main() { fmt.Println(\"hello\") }\n"
	helloRust   = `fn main() { std::thread::spawn(|| println!("hello")).join().unwrap(); }`
	helloNode   = `setTimeout(() => require("fs").readFile("/etc/passwd", () => console.log("hello")), 10)`
	helloPython = "import threading, subprocess, multiprocessing\n" +
		"t = threading.Thread(target=lambda: subprocess.run(['/bin/echo', 'hello'])); t.start(); t.join()\n"
)

func TestToolchainsWork(t *testing.T) {
	for _, c := range []struct {
		name   string
		source string
		text   string
		steps  [][]string
	}{
		{"gcc", "a.c", "#include <stdio.h>\nint main(void) { puts(\"hello\"); }", [][]string{{"gcc", "-O2", "-static", "a.c"}, {"./a.out"}}},
		{"g++", "a.cpp", helloCPP, [][]string{{"g++", "-O2", "-pipe", "-pthread", "a.cpp"}, {"./a.out"}}},
		{"java", "Main.java", helloJava, [][]string{{"java", "-version"}, {"javac", "Main.java"}, {"java", "-cp", ".", "Main"}}},
		{"python3", "a.py", helloPython, [][]string{{"python3", "a.py"}}},
		{"pypy3", "a.py", helloPython, [][]string{{"pypy3", "a.py"}}},
		{"node", "a.js", helloNode, [][]string{{"node", "a.js"}}},
		{"go", "a.go", helloGo, [][]string{{"go", "build", "-o", "a.out", "a.go"}, {"./a.out"}}},
		{"rustc", "a.rs", helloRust, [][]string{{"rustc", "-O", "a.rs", "-o", "a.out"}, {"./a.out"}}},
		{"bash", "a.sh", "echo $(echo hello | cat)", [][]string{{"bash", "a.sh"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, c.source), []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			var out []byte
			for _, argv := range c.steps {
				out = step(t, dir, argv)
			}
			if strings.TrimSpace(string(out)) != "hello" {
				t.Errorf("it prints %q", out)
			}
		})
	}
}

// step runs one command of a toolchain under the default policy, and returns what it prints.
func step(t *testing.T, dir string, argv []string) []byte {
	t.Helper()
	program := filepath.Join(dir, argv[0])
	if !strings.HasPrefix(argv[0], "./") {
		var err error
		if program, err = exec.LookPath(argv[0]); err != nil {
			t.Skip(err)
		}
	}
	out, err := worn("plain", dir, append([]string{program}, argv[1:]...)...).Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			t.Fatalf("%v: %v\n%s%s", argv, err, out, exit.Stderr)
		}
		t.Fatalf("%v: %v", argv, err)
	}
	return out
}

// A 64-bit program can make 32-bit calls by int 0x80: there 4 is write, which is stat in 64 bits.
func TestInt80IsKilled(t *testing.T) {
	dir := t.TempDir()
	program, want := sandboxtest.Call32(t, dir)
	err := worn("plain", dir, program).Run()
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		t.Fatalf("it ended with %v", err)
	}
	status, ok := exit.Sys().(syscall.WaitStatus)
	if !ok || !status.Signaled() || status.Signal() != want {
		t.Errorf("it ended with %v, want %v", err, want)
	}
}
