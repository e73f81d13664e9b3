package judge

import (
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/judge/checker"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/sandbox"
)

// runFacts are what is known of one run.
type runFacts struct {
	sandbox.Result
	// saidOutOfMemory says that the language's runtime reported on standard error that memory ran out.
	saidOutOfMemory bool
	// noOutput says why there is nothing to judge where the problem takes the output from a file; "" where there is.
	noOutput string
}

// runLimits are what a run is measured against. All are set.
type runLimits struct {
	cpu, wall time.Duration
	// stopAfter is the CPU time after which a run is ended: cpu, or more where it is to show by how much it misses it.
	stopAfter time.Duration
	memory    sandbox.Bytes // of the control group: the problem's limit and the runtime's allowance
	output    sandbox.Bytes
}

// decision is the verdict of one test case.
type decision struct {
	// verdict is empty when the run ended well and the checker has to be asked.
	verdict verdict.Code
	reason  verdict.Reason
	flags   []string
}

// errContradiction matches the error for facts that cannot be true together: the sandbox is at fault.
var errContradiction = errors.New("contradiction in the facts of a run")

// classify decides one test case. It is the only place where that is done. Its input is the facts of the run,
// the limits, and what the checker said; checked is nil when the checker was not asked yet, and is not looked at
// after a failed run. The error is a fault: errContradiction.
//
// The first limit event in time decides. A kill by the sandbox ends the run at once, so nothing comes after it;
// a kill by the kernel for memory may hit one process of several and leave the others running, so it comes
// before whatever ended the run. Of limits that were found exceeded only after the end, CPU time goes first.
func classify(f runFacts, l runLimits, checked *checker.Result) (decision, error) {
	if err := f.check(l); err != nil {
		return decision{}, err
	}
	if f.KilledBy == sandbox.KillPeer {
		return decision{}, fmt.Errorf("%w: killed for a peer that it does not have", errContradiction)
	}
	d := decision{flags: f.flags(l)}
	d.verdict, d.reason = f.limitVerdict(l)
	if d.verdict == "" {
		d.verdict, d.reason = f.failure()
	}
	if d.verdict != "" || checked == nil {
		return d, nil
	}
	return d.withChecker(*checked)
}

// check finds facts that contradict each other.
func (f runFacts) check(l runLimits) error {
	switch {
	case f.Outcome == sandbox.OutcomeNotStarted && f.Errno != 0:
		return nil
	case f.Outcome != sandbox.OutcomeExited && f.Outcome != sandbox.OutcomeSignaled:
		return fmt.Errorf("%w: outcome %v", errContradiction, f.Outcome)
	case f.KilledBy == sandbox.KillCPU && !f.overCPU(l):
		return fmt.Errorf("%w: killed for CPU time after %v of %v", errContradiction, f.CPU, l.cpu)
	case f.KilledBy == sandbox.KillCancel:
		return fmt.Errorf("%w: a canceled run has no verdict", errContradiction)
	}
	return nil
}

// Limits are compared in the units of the report, microseconds and bytes; equal passes.

func (f runFacts) overCPU(l runLimits) bool { return f.CPU.Microseconds() > l.cpu.Microseconds() }

func (f runFacts) overWall(l runLimits) bool {
	return (f.Wall - f.RunDelay - f.ReadDelay).Microseconds() > l.wall.Microseconds()
}

func (f runFacts) overPeak(l runLimits) bool { return f.PeakMemory > l.memory }

// flags lists every limit that the run hit, and marks figures that were taken without a control group.
func (f runFacts) flags(l runLimits) []string {
	var flags []string
	add := func(name string, hit bool) {
		if hit {
			flags = append(flags, name)
		}
	}
	add("cpu", f.overCPU(l))
	add("wall", f.KilledBy == sandbox.KillWall || f.overWall(l))
	add("memory", f.OOMKills > 0 || f.overPeak(l))
	add("output", f.KilledBy == sandbox.KillOutput || f.OutputBytes > l.output)
	add("approximate", f.Approximate)
	return flags
}

// limitVerdict is the verdict of the limit that was hit first; empty when none was.
func (f runFacts) limitVerdict(l runLimits) (verdict.Code, verdict.Reason) {
	switch {
	case f.KilledBy == sandbox.KillMemory:
		return verdict.MemoryLimitExceeded, verdict.ReasonPeak
	case f.OOMKills > 0 && f.FileBytes <= l.output: // files are held in memory: beyond, it is they that filled it
		return verdict.MemoryLimitExceeded, verdict.ReasonOOMKill
	case f.KilledBy == sandbox.KillOutput:
		return verdict.OutputLimitExceeded, ""
	case f.overCPU(l): // KilledBy may be wall: the CPU limit was passed before
		return verdict.TimeLimitExceeded, verdict.ReasonCPU
	case f.KilledBy == sandbox.KillWall, f.overWall(l):
		return verdict.TimeLimitExceeded, verdict.ReasonWall
	case f.overPeak(l):
		return verdict.MemoryLimitExceeded, verdict.ReasonPeak
	case f.OutputBytes > l.output:
		return verdict.OutputLimitExceeded, ""
	case f.saidOutOfMemory && (f.Outcome == sandbox.OutcomeSignaled || f.ExitCode != 0):
		return verdict.MemoryLimitExceeded, verdict.ReasonRuntime
	}
	return "", ""
}

// failure is the verdict of a run that failed by itself; empty when it ended well.
func (f runFacts) failure() (verdict.Code, verdict.Reason) {
	switch {
	case f.Outcome == sandbox.OutcomeNotStarted:
		return verdict.RunTimeError, verdict.ReasonNotStarted
	case f.Outcome == sandbox.OutcomeSignaled && f.Signal == unix.SIGSYS:
		return verdict.RunTimeError, verdict.ReasonSyscall
	case f.Outcome == sandbox.OutcomeSignaled:
		return verdict.RunTimeError, verdict.ReasonSignal
	case f.ExitCode != 0:
		return verdict.RunTimeError, verdict.ReasonExit
	}
	return "", ""
}

func (d decision) withChecker(r checker.Result) (decision, error) {
	switch r.Decision {
	case checker.Accepted:
		d.verdict = verdict.Accepted
	case checker.Wrong:
		d.verdict, d.reason = verdict.WrongAnswer, r.Reason
	case checker.Partial:
		d.verdict = verdict.PartiallyAccepted
	case checker.Error:
		d.verdict = verdict.JudgeError
	default:
		return decision{}, fmt.Errorf("%w: checker decided %v", errContradiction, r.Decision)
	}
	return d, nil
}
