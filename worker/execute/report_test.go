package execute

import (
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gaveloj/gavel/sandbox"
)

func TestExecReport(t *testing.T) {
	t.Parallel()
	code := 3
	for name, c := range map[string]struct {
		result sandbox.Result
		want   runReport
	}{
		"exited": {
			sandbox.Result{Outcome: sandbox.OutcomeExited, ExitCode: 3, CPU: time.Millisecond, Wall: time.Second, PeakMemory: 5, Stdout: []byte("é")},
			runReport{Outcome: "exited", ExitCode: &code, CPUUsec: 1000, WallUsec: 1_000_000, PeakMemory: 5, Stdout: "é"},
		},
		"signaled": {
			sandbox.Result{Outcome: sandbox.OutcomeSignaled, Signal: syscall.SIGKILL, KilledBy: sandbox.KillWall, OOMKills: 1, Stderr: []byte{0xff}},
			runReport{Outcome: "signaled", Signal: "SIGKILL", KilledBy: "wall", OOMKills: 1, Stderr: "/w==", StderrEncoding: "base64"},
		},
	} {
		if diff := cmp.Diff(c.want, newRunReport(c.result)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
