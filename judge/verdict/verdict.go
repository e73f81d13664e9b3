// Package verdict names what a submission or one of its test cases can get.
package verdict

// Code is a verdict as contest people write it. The zero value is no verdict.
type Code string

// The verdicts of a test case, and with CE and Canceled those of a submission.
const (
	Accepted            Code = "AC"
	WrongAnswer         Code = "WA"
	TimeLimitExceeded   Code = "TLE"
	MemoryLimitExceeded Code = "MLE"
	OutputLimitExceeded Code = "OLE"
	RunTimeError        Code = "RTE"
	PartiallyAccepted   Code = "PAC"
	CompileError        Code = "CE"
	JudgeError          Code = "JE"
	Skipped             Code = "SK"
	Canceled            Code = "CANCELED"
)

// Codes lists every verdict, for closed sets of labels and for checking what people write.
func Codes() []Code {
	return []Code{
		Accepted, WrongAnswer, TimeLimitExceeded, MemoryLimitExceeded, OutputLimitExceeded, RunTimeError,
		PartiallyAccepted, CompileError, JudgeError, Skipped, Canceled,
	}
}

// Reason narrows a verdict down. The zero value means that there is nothing to add.
type Reason string

// The reasons, with the verdict that each belongs to.
const (
	ReasonPresentation Reason = "presentation" // WA: right tokens, wrong layout
	ReasonNoOutput     Reason = "no_output"    // WA: nothing was written where something was due
	ReasonCPU          Reason = "cpu"          // TLE: CPU time over the limit
	ReasonWall         Reason = "wall"         // TLE: idle or blocked until the wall limit
	ReasonOOMKill      Reason = "oom_kill"     // MLE: the kernel killed the run for memory
	ReasonPeak         Reason = "peak"         // MLE: the peak went over the limit
	ReasonRuntime      Reason = "runtime"      // MLE: the language's runtime said that memory ran out
	ReasonSignal       Reason = "signal"       // RTE: ended by a signal
	ReasonExit         Reason = "exit"         // RTE: non-zero exit code
	ReasonSyscall      Reason = "syscall"      // RTE: forbidden system call
	ReasonNotStarted   Reason = "not_started"  // RTE: the kernel refused to execute the program
	ReasonCompiler     Reason = "compiler"     // CE: the compiler said no
	ReasonCompileLimit Reason = "limit"        // CE: compilation went over a limit
	ReasonCodeLimit    Reason = "code_limit"   // CE: the source is larger than the problem allows
	ReasonNoProgram    Reason = "no_program"   // CE: there is nothing that can be compiled or run
)

// Class says whose fault a judge error is.
type Class string

// The classes of judge errors.
const (
	ClassHost     Class = "host"
	ClassProblem  Class = "problem"
	ClassLanguage Class = "language"
	ClassChecker  Class = "checker"
)
