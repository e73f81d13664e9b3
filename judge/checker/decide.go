package checker

import (
	"bytes"
	"fmt"
	"math"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/sandbox"
)

// reply is all that a program said: how its run ended, what it printed, what files it left.
type reply struct {
	program  Program
	in       Invocation
	facts    sandbox.Result
	feedback feedback
}

// result decides. Only a clean exit inside all limits is an answer, and what it says is a matter of the protocol. The
// error is a fault.
func (r *reply) result() (Result, error) {
	out := r.decide()
	if r.program.protocol() == Kattis {
		if err := r.addFeedback(&out); err != nil {
			return Result{}, err
		}
	}
	out.Usage = Usage{CPU: r.facts.CPU, Wall: r.facts.Wall, PeakMemory: r.facts.PeakMemory}
	return out, nil
}

func (r *reply) decide() Result {
	if what := complaint(r.facts, r.in.Limits); what != "" {
		if r.in.Talk > 0 && r.facts.KilledBy == sandbox.KillOutput {
			what = fmt.Sprintf("said more than %d MiB to the submission (interaction_output of gavel.yaml)", r.in.Talk/sandbox.MiB)
		}
		return r.complain(what)
	}
	if r.feedback.complaint != "" {
		return r.complain(r.feedback.complaint)
	}
	switch r.program.protocol() {
	case Kattis:
		return r.kattis()
	case Testlib:
		return r.testlib()
	case TestlibXML:
		return r.testlibXML()
	case CMS:
		return r.cms()
	case Sinol:
		return r.sinol()
	case ExitCode:
		return r.exitCode()
	}
	return r.complain(fmt.Sprintf("has the unknown protocol %q", r.program.Protocol))
}

// exitCode reads the answer of a program that has nothing but an exit code.
func (r *reply) exitCode() Result {
	out := Result{JudgeMessage: clip(bytes.TrimSpace(r.facts.Stderr), int(MaxMessage))}
	switch r.facts.ExitCode {
	case 0:
		out.Decision = Accepted
	case 1:
		out.Decision = Wrong
	default:
		return r.badExit("0 (accepted) or 1 (wrong answer)")
	}
	return out
}

// complain is the result of a program that did something wrong. what goes on from its name.
func (r *reply) complain(what string) Result {
	return Result{Decision: Error, JudgeMessage: r.program.name() + " " + what + stderrTail(r.facts.Stderr)}
}

// badExit is the result of a program that ended with an exit code that says nothing.
func (r *reply) badExit(good string) Result {
	return r.complain(fmt.Sprintf("ended with exit code %d; it must be %s", r.facts.ExitCode, good))
}

// complaint says what a program did wrong, whatever its protocol is; "" when it ended well.
func complaint(r sandbox.Result, limits sandbox.Limits) string {
	if limit := brokenLimit(r, limits); limit != "" {
		return "went over its " + limit
	}
	switch r.Outcome {
	case sandbox.OutcomeSignaled:
		return "was ended by " + signalName(r.Signal)
	case sandbox.OutcomeExited:
		return ""
	case sandbox.OutcomeNotStarted:
		return "could not be started: " + r.Errno.Error()
	}
	return "ended in an unknown way: " + r.Outcome.String()
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
		return fmt.Sprintf("time limit of %v CPU time (limits.validation_time)", limits.CPU)
	case sandbox.KillWall:
		return fmt.Sprintf("time limit of %v wall time (from limits.validation_time)", limits.Wall)
	case sandbox.KillOutput:
		return fmt.Sprintf("output limit of %d bytes (limits.validation_output)", limits.Output)
	case sandbox.KillCancel:
		return "run, which was canceled"
	case sandbox.KillMemory, sandbox.KillNone, sandbox.KillPeer: // OOMKills tells of the first; the last is no limit
	}
	switch {
	case r.OOMKills > 0:
		return fmt.Sprintf("memory limit of %d bytes (limits.validation_memory)", limits.Memory)
	case limits.CPU > 0 && r.CPU > limits.CPU:
		return fmt.Sprintf("time limit of %v CPU time (limits.validation_time)", limits.CPU)
	case limits.Wall > 0 && r.Wall-r.RunDelay > limits.Wall:
		return fmt.Sprintf("time limit of %v wall time (from limits.validation_time)", limits.Wall)
	case limits.Output > 0 && r.Outcome == sandbox.OutcomeSignaled && r.Signal == unix.SIGXFSZ:
		return fmt.Sprintf("output limit of %d bytes (limits.validation_output)", limits.Output)
	}
	return ""
}

// maxTail bounds what of a broken program's standard error is shown, in bytes.
const maxTail = 2048

func stderrTail(stderr []byte) string {
	if len(stderr) == 0 {
		return ""
	}
	tail := stderr[max(0, len(stderr)-maxTail):]
	return "; the end of its standard error: " + clip(tail, maxTail)
}

func joinMessages(ours, theirs string) string {
	if ours == "" || theirs == "" {
		return ours + theirs
	}
	return clip([]byte(ours+"\n"+theirs), int(MaxMessage))
}

// parseScore reads a number that a program wrote by itself, with white space around it.
func parseScore(what string, text []byte) (float64, error) {
	token := bytes.TrimSpace(text)
	if !isNumber(token) {
		return 0, fmt.Errorf("%s says %q, which is not a decimal number", what, shown(text))
	}
	v := parse(token)
	if math.IsInf(v, 0) {
		return 0, fmt.Errorf("%s says %q, which is too large", what, shown(text))
	}
	return v, nil
}

// shown is the beginning of what a program wrote, for a message.
func shown(text []byte) string {
	return strings.TrimSpace(clip(text, maxQuoted))
}
