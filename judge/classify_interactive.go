package judge

import (
	"fmt"

	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/judge/checker"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/sandbox"
)

// interactiveFacts are what is known of one interactive run.
type interactiveFacts struct {
	program    runFacts
	interactor sandbox.Result
	// programFirst and inputClosed are those of sandbox.PairResult.
	programFirst, inputClosed bool
}

// classifyInteractive decides one pass of an interactive problem. checked is what the interactor said, and is not looked
// at when it was killed because the submission had gone over a limit. The error is a fault: errContradiction.
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
func classifyInteractive(f interactiveFacts, l runLimits, checked checker.Result) (decision, error) {
	if err := f.program.check(l); err != nil {
		return decision{}, err
	}
	d := decision{flags: f.program.flags(l)}
	limit, limitReason := f.program.limitVerdict(l)
	if f.programFirst && limit != "" {
		d.verdict, d.reason = limit, limitReason
		return d, nil
	}
	if f.program.Outcome == sandbox.OutcomeNotStarted { // there was nobody to talk to
		d.verdict, d.reason = f.program.failure()
		return d, nil
	}
	switch {
	case f.interactor.KilledBy == sandbox.KillPeer:
		return decision{}, fmt.Errorf("%w: the interactor was killed for a submission that kept its limits", errContradiction)
	case checked.Decision == checker.Error && !f.brokenPipe(), checked.Decision != checker.Accepted && !f.programFirst && !f.brokenPipe():
		return d.withChecker(checked)
	case f.program.KilledBy == sandbox.KillPeer: // it had no chance to fail by itself
	case limit != "":
		d.verdict, d.reason = limit, limitReason
		return d, nil
	default:
		if d.verdict, d.reason = f.program.failure(); d.verdict != "" {
			return d, nil
		}
	}
	if f.brokenPipe() {
		d.verdict = verdict.WrongAnswer
		return d, nil
	}
	return d.withChecker(checked)
}

// brokenPipe says that the interactor died for having talked to a submission that no longer listened.
func (f interactiveFacts) brokenPipe() bool {
	return f.interactor.Outcome == sandbox.OutcomeSignaled && f.interactor.Signal == unix.SIGPIPE &&
		f.interactor.KilledBy == sandbox.KillNone && (f.programFirst || f.inputClosed)
}
