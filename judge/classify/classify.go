package classify

import (
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/judge/checker"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/sandbox"
)

// Facts are what is known of one run.
type Facts struct {
	sandbox.Result
	// SaidOutOfMemory says that the language's runtime reported on standard error that memory ran out.
	SaidOutOfMemory bool
	// NoOutput says why there is nothing to judge where the problem takes the output from a file; "" where there is.
	NoOutput string
}

// Limits are what a run is measured against. All are set.
type Limits struct {
	CPU, Wall time.Duration
	// StopAfter is the CPU time after which a run is ended: cpu, or more where it is to show by how much it misses it.
	StopAfter time.Duration
	Memory    sandbox.Bytes // of the control group: the problem's limit and the runtime's allowance
	Output    sandbox.Bytes
}

// Decision is the verdict of one test case.
type Decision struct {
	// Verdict is empty when the run ended well and the checker has to be asked.
	Verdict verdict.Code
	Reason  verdict.Reason
	Flags   []string // limits that were hit, and "approximate"
}

// ErrContradiction matches the error for facts that cannot be true together: the sandbox is at fault.
var ErrContradiction = errors.New("contradiction in the facts of a run")

// Run decides one test case. It is the only place where that is done. Its input is the facts of the run,
// the limits, and what the checker said; checked is nil when the checker was not asked yet, and is not looked at
// after a failed run. The error is a fault: ErrContradiction.
//
// The first limit event in time decides. A kill by the sandbox ends the run at once, so nothing comes after it;
// a kill by the kernel for memory may hit one process of several and leave the others running, so it comes
// before whatever ended the run. Of limits that were found exceeded only after the end, CPU time goes first.
func Run(f Facts, l Limits, checked *checker.Result) (Decision, error) {
	if err := f.check(l); err != nil {
		return Decision{}, err
	}
	if f.KilledBy == sandbox.KillPeer {
		return Decision{}, fmt.Errorf("%w: killed for a peer that it does not have", ErrContradiction)
	}
	d := Decision{Flags: f.flags(l)}
	d.Verdict, d.Reason = f.limitVerdict(l)
	if d.Verdict == "" {
		d.Verdict, d.Reason = f.failure()
	}
	if d.Verdict != "" || checked == nil {
		return d, nil
	}
	return d.WithChecker(*checked)
}

// check finds facts that contradict each other.
func (f Facts) check(l Limits) error {
	switch {
	case f.Outcome == sandbox.OutcomeNotStarted && f.Errno != 0:
		return nil
	case f.Outcome != sandbox.OutcomeExited && f.Outcome != sandbox.OutcomeSignaled:
		return fmt.Errorf("%w: outcome %v", ErrContradiction, f.Outcome)
	case f.KilledBy == sandbox.KillCPU && !f.overCPU(l):
		return fmt.Errorf("%w: killed for CPU time after %v of %v", ErrContradiction, f.CPU, l.CPU)
	case f.KilledBy == sandbox.KillCancel:
		return fmt.Errorf("%w: a canceled run has no verdict", ErrContradiction)
	}
	return nil
}

// Limits are compared in the units of the report, microseconds and bytes; equal passes.

func (f Facts) overCPU(l Limits) bool { return f.CPU.Microseconds() > l.CPU.Microseconds() }

func (f Facts) overWall(l Limits) bool {
	return (f.Wall - f.RunDelay - f.ReadDelay).Microseconds() > l.Wall.Microseconds()
}

func (f Facts) overPeak(l Limits) bool { return f.PeakMemory > l.Memory }

// flags lists every limit that the run hit, and marks figures that were taken without a control group.
func (f Facts) flags(l Limits) []string {
	var flags []string
	add := func(name string, hit bool) {
		if hit {
			flags = append(flags, name)
		}
	}
	add("cpu", f.overCPU(l))
	add("wall", f.KilledBy == sandbox.KillWall || f.overWall(l))
	add("memory", f.OOMKills > 0 || f.overPeak(l))
	add("output", f.KilledBy == sandbox.KillOutput || f.OutputBytes > l.Output)
	add("approximate", f.Approximate)
	return flags
}

// limitVerdict is the verdict of the limit that was hit first; empty when none was.
func (f Facts) limitVerdict(l Limits) (verdict.Code, verdict.Reason) {
	switch {
	case f.KilledBy == sandbox.KillMemory:
		return verdict.MemoryLimitExceeded, verdict.ReasonPeak
	case f.OOMKills > 0 && f.FileBytes <= l.Output: // files are held in memory: beyond, it is they that filled it
		return verdict.MemoryLimitExceeded, verdict.ReasonOOMKill
	case f.KilledBy == sandbox.KillOutput:
		return verdict.OutputLimitExceeded, ""
	case f.overCPU(l): // KilledBy may be wall: the CPU limit was passed before
		return verdict.TimeLimitExceeded, verdict.ReasonCPU
	case f.KilledBy == sandbox.KillWall, f.overWall(l):
		return verdict.TimeLimitExceeded, verdict.ReasonWall
	case f.overPeak(l):
		return verdict.MemoryLimitExceeded, verdict.ReasonPeak
	case f.OutputBytes > l.Output:
		return verdict.OutputLimitExceeded, ""
	case f.SaidOutOfMemory && (f.Outcome == sandbox.OutcomeSignaled || f.ExitCode != 0):
		return verdict.MemoryLimitExceeded, verdict.ReasonRuntime
	}
	return "", ""
}

// failure is the verdict of a run that failed by itself; empty when it ended well.
func (f Facts) failure() (verdict.Code, verdict.Reason) {
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

// WithChecker is the decision by what the checker said, for a run that ended well.
func (d Decision) WithChecker(r checker.Result) (Decision, error) {
	switch r.Decision {
	case checker.Accepted:
		d.Verdict = verdict.Accepted
	case checker.Wrong:
		d.Verdict, d.Reason = verdict.WrongAnswer, r.Reason
	case checker.Partial:
		d.Verdict = verdict.PartiallyAccepted
	case checker.Error:
		d.Verdict = verdict.JudgeError
	default:
		return Decision{}, fmt.Errorf("%w: checker decided %v", ErrContradiction, r.Decision)
	}
	return d, nil
}
