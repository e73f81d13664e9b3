package checker

import (
	"fmt"
	"time"

	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/sandbox"
)

// Decision is what a checker said of one output.
type Decision int

// The decisions. The zero value is none of them, so a Result that was never filled in shows.
const (
	Accepted Decision = iota + 1
	Wrong
	Error // the checker did not do its work: a judge error of class checker, told in JudgeMessage
)

func (d Decision) String() string {
	switch d {
	case Accepted:
		return "accepted"
	case Wrong:
		return "wrong"
	case Error:
		return "error"
	}
	return fmt.Sprintf("Decision(%d)", int(d))
}

// Result is a decision and what was said about it. Scores of scoring problems will stand beside the decision.
type Result struct {
	Decision Decision
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
