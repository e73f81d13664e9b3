package classify

import (
	"fmt"

	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/judge/checker"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/sandbox"
)

// InteractiveFacts are what is known of one interactive run.
type InteractiveFacts struct {
	Program    Facts
	Interactor sandbox.Result
	// ProgramFirst and inputClosed are those of sandbox.PairResult.
	ProgramFirst, InputClosed bool
}

// Interactive decides one pass of an interactive problem. checked is what the interactor said, and is not looked
// at when it was killed because the submission had gone over a limit. The error is a fault: ErrContradiction.
//
//	                               interactor accepts   rejects             broke down
//	submission over a limit first  that limit           that limit          that limit
//	submission failed first        RTE                  RTE                 JE
//	submission cannot be started   RTE                  RTE                 RTE
//	submission ended well first    AC                   WA                  JE
//	interactor ended first         the submission's     WA, whatever the    JE
//	                               limit or RTE, or AC  submission does
//
// An interactor that died of a broken pipe, after the submission had ended or closed its input, did not break down: the
// submission's own limit or failure counts, or else WA.
func Interactive(f InteractiveFacts, l Limits, checked checker.Result) (Decision, error) {
	if err := f.Program.check(l); err != nil {
		return Decision{}, err
	}
	d := Decision{Flags: f.Program.flags(l)}
	limit, limitReason := f.Program.limitVerdict(l)
	if f.ProgramFirst && limit != "" {
		d.Verdict, d.Reason = limit, limitReason
		return d, nil
	}
	if f.Program.Outcome == sandbox.OutcomeNotStarted { // there was nobody to talk to
		d.Verdict, d.Reason = f.Program.failure()
		return d, nil
	}
	switch {
	case f.Interactor.KilledBy == sandbox.KillPeer:
		return Decision{}, fmt.Errorf("%w: the interactor was killed for a submission that kept its limits", ErrContradiction)
	case checked.Decision == checker.Error && !f.brokenPipe(), checked.Decision != checker.Accepted && !f.ProgramFirst && !f.brokenPipe():
		return d.WithChecker(checked)
	case f.Program.KilledBy == sandbox.KillPeer: // it had no chance to fail by itself
	case limit != "":
		d.Verdict, d.Reason = limit, limitReason
		return d, nil
	default:
		if d.Verdict, d.Reason = f.Program.failure(); d.Verdict != "" {
			return d, nil
		}
	}
	if f.brokenPipe() {
		d.Verdict = verdict.WrongAnswer
		return d, nil
	}
	return d.WithChecker(checked)
}

// brokenPipe says that the interactor died for having talked to a submission that no longer listened.
func (f InteractiveFacts) brokenPipe() bool {
	return f.Interactor.Outcome == sandbox.OutcomeSignaled && f.Interactor.Signal == unix.SIGPIPE &&
		f.Interactor.KilledBy == sandbox.KillNone && (f.ProgramFirst || f.InputClosed)
}
