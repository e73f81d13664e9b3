package sandbox_test

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/gaveloj/gavel/sandbox"
	"github.com/gaveloj/gavel/sandbox/sandboxtest"
)

func signaled(s syscall.Signal) ending {
	return ending{Outcome: sandbox.OutcomeSignaled, Signal: s}
}

func TestOutcomes(t *testing.T) {
	box := newBox(t)
	for _, test := range []struct {
		name string
		args []string
		want ending
	}{
		{"exit 0", script("exit 0"), exited(0)},
		{"exit 1", script("exit 1"), exited(1)},
		{"exit 42, as validators do", script("exit 42"), exited(42)},
		{"exit 137, as shells tell of SIGKILL", script("exit 137"), exited(137)},
		{"exit 255", script("exit 255"), exited(255)},
		{"SIGSEGV", script("kill -SEGV $$"), signaled(syscall.SIGSEGV)},
		{"SIGABRT", script("kill -ABRT $$"), signaled(syscall.SIGABRT)},
		{"SIGFPE", script("kill -FPE $$"), signaled(syscall.SIGFPE)},
		{"SIGKILL by itself", script("kill -KILL $$"), signaled(syscall.SIGKILL)},
		{"SIGXCPU by itself", script("kill -XCPU $$"), signaled(syscall.SIGXCPU)},
		{"SIGKILL to everybody", script("kill -KILL -1; kill -KILL $$"), signaled(syscall.SIGKILL)},
		{"file too large", script("head -c 300000000 /dev/zero > /tmp/big; exit $?"), exited(128 + int(syscall.SIGXFSZ))},
		{"32-bit system call", program("call32"), signaled(syscall.SIGSYS)},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.want == signaled(syscall.SIGSYS) {
				_, signal := sandboxtest.Call32(t, t.TempDir())
				test.want = signaled(signal)
			}
			res := run(t, box, sandbox.Command{Args: test.args, Limits: sandbox.Limits{CPU: sandboxtest.Slow(20 * time.Second), Wall: sandboxtest.Slow(patience), Memory: sandbox.GiB}})
			wantEnding(t, res, test.want)
			if res.CPU <= 0 || res.Wall <= 0 || res.PeakMemory <= 0 || res.OOMKills != 0 {
				t.Errorf("usage: %s", describe(res))
			}
		})
	}
	reset(t, box)
	usable(t, box)
}

func TestCPUAndWallAreTold(t *testing.T) {
	box := newBox(t)
	// What starting two programs takes: 2 ms on a common machine, 0.2 s on an emulated one.
	awake := run(t, box, sandbox.Command{Args: script("sleep 0")})
	wantEnding(t, awake, exited(0))
	slept := run(t, box, sandbox.Command{Args: script("sleep 0.3")})
	wantEnding(t, slept, exited(0))
	if slept.Wall < 300*time.Millisecond || slept.CPU > 2*awake.CPU+sandboxtest.Slow(50*time.Millisecond) {
		t.Errorf("after sleeping 0.3s: %s; not at all: %s", describe(slept), describe(awake))
	}
	// User time, measured by the program itself in ticks of 10 ms.
	use := sandboxtest.Slow(300 * time.Millisecond)
	burnt := run(t, box, sandbox.Command{Args: []string{"/bin/bash", "-c", `
		while :; do for i in {1..2000}; do :; done
			read -r _ _ _ _ _ _ _ _ _ _ _ _ _ user _ < /proc/$$/stat; [ "$user" -ge "$0" ] && exit 0; done`, fmt.Sprint(use.Milliseconds() / 10)}})
	wantEnding(t, burnt, exited(0))
	if burnt.CPU < use-10*time.Millisecond || burnt.CPU > burnt.Wall*11/10 {
		t.Errorf("after using %v: %s", use, describe(burnt))
	}
	// Nothing of an earlier run is in the figures of the next.
	quick := run(t, box, sandbox.Command{Args: script(":")})
	if quick.CPU > burnt.CPU/2 || quick.PeakMemory > 50*sandbox.MiB {
		t.Errorf("a program that does nothing: %s", describe(quick))
	}
}
