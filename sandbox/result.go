package sandbox

import (
	"fmt"
	"syscall"
	"time"
)

// Outcome is how the kernel saw the program's first process end.
type Outcome int

// The outcomes. The zero value is none of them, so a Result that was never filled in shows.
const (
	OutcomeExited     Outcome = iota + 1 // it ended by itself: Result.ExitCode
	OutcomeSignaled                      // a signal ended it: Result.Signal
	OutcomeNotStarted                    // the kernel refused to execute it: Result.Errno, and nothing else is set
)

func (o Outcome) String() string {
	switch o {
	case OutcomeExited:
		return "exited"
	case OutcomeSignaled:
		return "signaled"
	case OutcomeNotStarted:
		return "not started"
	}
	return fmt.Sprintf("Outcome(%d)", int(o))
}

// KillCause says which of the sandbox's own limits ended a run. It is recorded by the code that sends the
// kill, before it sends it; nothing is ever read back from a signal number.
type KillCause int

// The causes. KillNone means that the sandbox did not kill the program.
const (
	KillNone   KillCause = iota
	KillCPU              // Limits.CPU exceeded
	KillWall             // Limits.Wall exceeded
	KillOutput           // Limits.Output exceeded
	KillCancel           // the context of Run ended
	KillMemory           // Limits.Memory exceeded, where there is no control group to enforce it
	KillPeer             // the other program of a pair has ended in a way that leaves this one nothing to do
)

func (k KillCause) String() string {
	switch k {
	case KillNone:
		return ""
	case KillCPU:
		return "cpu"
	case KillWall:
		return "wall"
	case KillOutput:
		return "output"
	case KillCancel:
		return "cancel"
	case KillMemory:
		return "memory"
	case KillPeer:
		return "peer"
	}
	return fmt.Sprintf("KillCause(%d)", int(k))
}

// Result is what happened in one run: facts from the kernel and from the sandbox's own kills, no opinion.
type Result struct {
	Outcome  Outcome
	ExitCode int            // 0 to 255 when Outcome is OutcomeExited
	Signal   syscall.Signal // when Outcome is OutcomeSignaled
	Errno    syscall.Errno  // when Outcome is OutcomeNotStarted
	KilledBy KillCause

	// CPU is user and system time of every process of the run, from the control group. It can stand
	// slightly over Limits.CPU when KilledBy is KillCPU; compare it with the limit, do not assume.
	CPU time.Duration
	// Wall runs from the last instant before the program's first instruction until its first process ended.
	Wall time.Duration
	// RunDelay is how long threads of the program were ready to run, none of them did, and the host had no core for them. It
	// is looked for only in runs that take a part of Limits.Wall, whose deadline it puts off, and 0 in all others.
	RunDelay time.Duration
	// ReadDelay is how long an output that is too large for memory was being written to a file, in which the program may have
	// waited for room in its pipe. It puts the deadline of Limits.Wall off as well.
	ReadDelay time.Duration
	// PeakMemory is the control group's high-water mark; page cache and kernel memory are part of it.
	PeakMemory Bytes
	// OOMKills counts the processes that the kernel killed in this run because Limits.Memory was reached; or 1 with
	// KillMemory.
	OOMKills int
	// Approximate is set when there was no control group: CPU and PeakMemory come from samples of
	// the processes, and from their usage when they were waited for. See sampler.Sampler for what that misses.
	Approximate bool

	// Stdout and Stderr hold what the program wrote, each at most Limits.Output long (MaxCapture when
	// there is no limit). The caller owns the slices; see Command.SpillDir for those that are mapped.
	Stdout, Stderr []byte
	spills         [2]*spill // owned: the files that Stdout and Stderr are in; nil for memory
	// OutputBytes counts everything written to both streams, whether kept or not, and FileBytes.
	OutputBytes Bytes
	// FileBytes is the size of the files written, with FilesCounted.
	FileBytes Bytes
}
