package checker

import (
	"fmt"
	"os"
	"time"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/sandbox"
)

// Decision is what a checker said of one output.
type Decision int

// The decisions. The zero value is none of them, so a Result that was never filled in shows.
const (
	Accepted Decision = iota + 1
	Wrong
	Error   // the checker did not do its work: a judge error of class checker, told in JudgeMessage
	Partial // part of Score, which is set then
)

func (d Decision) String() string {
	switch d {
	case Accepted:
		return "accepted"
	case Wrong:
		return "wrong"
	case Error:
		return "error"
	case Partial:
		return "partial"
	}
	return fmt.Sprintf("Decision(%d)", int(d))
}

// Result is a decision and what was said about it.
type Result struct {
	Decision Decision
	// Score is what was given, also with Wrong: a validator of the Kattis protocol that left a score file and ended with
	// 43 has both. With testlib and cms, a score of 0 is Wrong, and a multiplier of 1 is Accepted. None with Error.
	Score verdict.Score
	// NextPass is the input of the next pass that the validator of a multi-pass problem asks for; nil for none. It is
	// set with Accepted only, when the Invocation says MultiPass. A file in memory that everybody may read, at offset 0.
	// The caller closes it.
	NextPass *os.File
	// Feedback are the files that the next pass must find in its feedback directory, see Invocation.Feedback. Set with
	// NextPass. The files of the score are not among them: that of the last pass counts.
	Feedback []sandbox.File
	// Artifacts are the other files that a program left in its feedback directory, in byte order of their names.
	Artifacts []api.Artifact
	// Reason narrows Wrong down to ReasonPresentation or ReasonNoOutput; empty otherwise.
	Reason verdict.Reason
	// JudgeMessage is for judges only, since it quotes the answer. TeamMessage is for the team. Both are valid
	// UTF-8 of at most MaxMessage bytes.
	JudgeMessage, TeamMessage string
	// Difference is where the default validator stopped; nil unless it said Wrong.
	Difference *Difference
	// Usage is what a custom validator consumed; zero for the default validator.
	Usage Usage
}

// MaxMessage bounds each message of a checker.
const MaxMessage = 64 * sandbox.KiB

// Difference is the place of the first difference: offsets in bytes from the start of each file, 0 to its size.
type Difference struct {
	Answer, Output int
}

// Usage is what a checker consumed.
type Usage struct {
	CPU, Wall  time.Duration
	PeakMemory sandbox.Bytes
}
