//go:build faults

package failpoint

import (
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// failpointEnv names a file that says what to do at which step: "kill STEP" or "stop STEP". The first to come there takes
// the file away and does so to its own process.
const failpointEnv = "GAVEL_FAULT_STEP"

// Reach is where fault tests kill or stop the worker.
func Reach(name string) {
	file := os.Getenv(failpointEnv)
	order, err := os.ReadFile(file)
	if err != nil {
		return // nothing is asked for
	}
	what, where, _ := strings.Cut(strings.TrimSpace(string(order)), " ")
	if where != name || os.Remove(file) != nil {
		return // it is for another step, or somebody else was faster
	}
	signal := unix.SIGKILL
	if what == "stop" {
		signal = unix.SIGSTOP
	}
	// A signal to the calling thread takes effect before the call returns.
	_ = unix.Tgkill(os.Getpid(), unix.Gettid(), signal) // can not fail for oneself
}
