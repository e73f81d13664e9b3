package sandboxtest

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
)

// call32 makes a 32-bit system call from a 64-bit program: 20 is getpid there, and writev for 64 bits.
const call32 = `int main(void) {
	long r;
	__asm__ volatile("int $0x80" : "=a"(r) : "a"(20), "b"(0), "c"(0), "d"(0) : "memory");
	return r > 0 ? 7 : 8;
}`

// Call32 compiles a program that makes a 32-bit system call, in dir, and returns its path and the signal that must end it
// under a filter: SIGSYS, or SIGSEGV on a host without such calls, where it ends the program without a filter too. It
// skips the test on other machines than amd64.
func Call32(t *testing.T, dir string) (string, syscall.Signal) {
	t.Helper()
	if runtime.GOARCH != "amd64" {
		t.Skip("32-bit system calls from 64-bit programs are a matter of x86")
	}
	source, program := filepath.Join(dir, "call32.c"), filepath.Join(dir, "call32")
	if err := os.WriteFile(source, []byte(call32), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("gcc", "-o", program, source).CombinedOutput(); err != nil {
		t.Fatalf("gcc: %v: %s", err, out)
	}
	var exit *exec.ExitError
	if err := exec.Command(program).Run(); errors.As(err, &exit) && exit.Sys().(syscall.WaitStatus).Signal() == syscall.SIGSEGV {
		return program, syscall.SIGSEGV
	}
	return program, syscall.SIGSYS
}
