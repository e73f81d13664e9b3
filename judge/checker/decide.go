package checker

import (
	"fmt"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/sandbox"
)

// The exit codes of the protocol.
const (
	exitAccepted = 42
	exitWrong    = 43
)

// decide turns the facts of a validator's run into a decision. Only a clean exit with one of the two codes,
// inside all limits, is an answer.
func decide(r sandbox.Result, limits sandbox.Limits) Result {
	usage := Usage{CPU: r.CPU, Wall: r.Wall, PeakMemory: r.PeakMemory}
	what := complaint(r, limits)
	if what == "" && r.ExitCode == exitAccepted {
		return Result{Decision: Accepted, Usage: usage}
	}
	if what == "" {
		return Result{Decision: Wrong, Usage: usage}
	}
	return Result{Decision: Error, JudgeMessage: what + stderrTail(r.Stderr), Usage: usage}
}

// complaint says what a validator did wrong; "" when it answered.
func complaint(r sandbox.Result, limits sandbox.Limits) string {
	if limit := brokenLimit(r, limits); limit != "" {
		return "output validator went over its " + limit
	}
	switch r.Outcome {
	case sandbox.OutcomeSignaled:
		return "output validator was ended by " + signalName(r.Signal)
	case sandbox.OutcomeExited:
		if r.ExitCode == exitAccepted || r.ExitCode == exitWrong {
			return ""
		}
		return fmt.Sprintf("output validator ended with exit code %d; it must be %d (accepted) or %d (wrong answer)",
			r.ExitCode, exitAccepted, exitWrong)
	}
	return "output validator ended in an unknown way: " + r.Outcome.String()
}

func signalName(s syscall.Signal) string {
	if name := unix.SignalName(s); name != "" {
		return "signal " + name
	}
	return fmt.Sprintf("signal %d", int(s)) // real-time signals have no names
}

// brokenLimit names the limit that was exceeded, "" when none was. What the sandbox killed for comes first.
func brokenLimit(r sandbox.Result, limits sandbox.Limits) string {
	switch r.KilledBy {
	case sandbox.KillCPU:
		return fmt.Sprintf("time limit of %v CPU time", limits.CPU)
	case sandbox.KillWall:
		return fmt.Sprintf("time limit of %v wall time", limits.Wall)
	case sandbox.KillOutput:
		return fmt.Sprintf("output limit of %d bytes", limits.Output)
	case sandbox.KillCancel:
		return "run, which was canceled"
	case sandbox.KillMemory, sandbox.KillNone: // OOMKills tells, too
	}
	switch {
	case r.OOMKills > 0:
		return fmt.Sprintf("memory limit of %d bytes", limits.Memory)
	case limits.CPU > 0 && r.CPU > limits.CPU:
		return fmt.Sprintf("time limit of %v CPU time", limits.CPU)
	case limits.Wall > 0 && r.Wall > limits.Wall:
		return fmt.Sprintf("time limit of %v wall time", limits.Wall)
	}
	return ""
}

// maxTail bounds what of a broken validator's standard error is shown, in bytes.
const maxTail = 2048

func stderrTail(stderr []byte) string {
	if len(stderr) == 0 {
		return ""
	}
	tail := stderr[max(0, len(stderr)-maxTail):]
	return "; the end of its standard error: " + clip(tail, maxTail)
}
