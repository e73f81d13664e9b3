package classify

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/judge/checker"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/sandbox"
)

// ends are the ways in which a submission can end, with the verdict that each comes to when nothing else counts.
func ends() map[string]struct {
	result  sandbox.Result
	verdict verdict.Code
	reason  verdict.Reason
} {
	type end = struct {
		result  sandbox.Result
		verdict verdict.Code
		reason  verdict.Reason
	}
	return map[string]end{
		"well":                  {exited(0), "", ""},
		"exit code":             {exited(1), "RTE", "exit"},
		"exit code of accepted": {exited(42), "RTE", "exit"},
		"SIGSEGV":               {signaled(unix.SIGSEGV), "RTE", "signal"},
		"SIGPIPE":               {signaled(unix.SIGPIPE), "RTE", "signal"},
		"SIGKILL by itself":     {signaled(unix.SIGKILL), "RTE", "signal"},
		"SIGSYS":                {signaled(unix.SIGSYS), "RTE", "syscall"},
		"not started":           {sandbox.Result{Outcome: sandbox.OutcomeNotStarted, Errno: unix.ENOEXEC}, "RTE", "not_started"},
		"cpu":                   {killed(sandbox.KillCPU, func(r *sandbox.Result) { r.CPU = 2 * time.Second }), "TLE", "cpu"},
		"cpu, seen at the end":  {with(exited(0), func(r *sandbox.Result) { r.CPU = 2 * time.Second }), "TLE", "cpu"},
		"wall":                  {killed(sandbox.KillWall, func(r *sandbox.Result) { r.Wall = 5 * time.Second }), "TLE", "wall"},
		"memory":                {with(signaled(unix.SIGKILL), func(r *sandbox.Result) { r.OOMKills = 1 }), "MLE", "oom_kill"},
		"output":                {killed(sandbox.KillOutput, func(r *sandbox.Result) { r.OutputBytes = 2 * sandbox.MiB }), "OLE", ""},
	}
}

// spoken are what an interactor can say, with the facts of its run.
var spoken = map[string]struct {
	result  sandbox.Result
	checked checker.Result
}{
	"accepts": {exited(42), checker.Result{Decision: checker.Accepted}},
	"rejects": {exited(43), checker.Result{Decision: checker.Wrong}},
	"breaks":  {exited(1), checker.Result{Decision: checker.Error}},
	"crashes": {signaled(unix.SIGSEGV), checker.Result{Decision: checker.Error}},
	"partial": {exited(7), checker.Result{Decision: checker.Partial}},
	"pipe":    {signaled(unix.SIGPIPE), checker.Result{Decision: checker.Error}},
}

// TestClassifyInteractive goes through every way in which the two can end, in either order, and compares with the rules
// as they are written in words.
func TestClassifyInteractive(t *testing.T) {
	for endName, end := range ends() {
		for answerName, answer := range spoken {
			for _, programFirst := range []bool{true, false} {
				for _, inputClosed := range []bool{true, false} {
					f := InteractiveFacts{
						Program: Facts{Result: end.result}, Interactor: answer.result,
						ProgramFirst: programFirst, InputClosed: inputClosed,
					}
					limit := end.verdict != "" && end.verdict != verdict.RunTimeError
					want := Decision{Verdict: end.verdict, Reason: end.reason}
					said := map[checker.Decision]verdict.Code{
						checker.Accepted: verdict.Accepted, checker.Wrong: verdict.WrongAnswer,
						checker.Partial: verdict.PartiallyAccepted, checker.Error: verdict.JudgeError,
					}[answer.checked.Decision]
					brokenPipe := answerName == "pipe" && (programFirst || inputClosed)
					switch {
					case programFirst && limit: // the interactor's answer came after that, or it was killed
					case end.result.Outcome == sandbox.OutcomeNotStarted: // whatever the interactor made of silence
					case brokenPipe && end.verdict == "":
						want = Decision{Verdict: verdict.WrongAnswer}
					case brokenPipe:
					case said == verdict.JudgeError:
						want = Decision{Verdict: said}
					case !programFirst && said != verdict.Accepted:
						want = Decision{Verdict: said}
					case end.verdict == "":
						want = Decision{Verdict: said}
					}
					got, err := Interactive(f, testLimits, answer.checked)
					got.Flags = nil
					if diff := cmp.Diff(want, got, cmp.AllowUnexported(Decision{})); diff != "" || err != nil {
						t.Errorf("submission ends: %s; interactor %s; submission first: %t; its input closed: %t: error %v, (-want +got):\n%s",
							endName, answerName, programFirst, inputClosed, err, diff)
					}
				}
			}
		}
	}
}

// A submission or an interactor that we killed because the other was through has no failure of its own.
func TestClassifyInteractiveKilledForTheOther(t *testing.T) {
	peer := killed(sandbox.KillPeer, func(*sandbox.Result) {})
	overCPU := killed(sandbox.KillCPU, func(r *sandbox.Result) { r.CPU = 2 * time.Second })
	for _, test := range []struct {
		name                string
		program, interactor sandbox.Result
		programFirst        bool
		decision            checker.Decision
		want                verdict.Code
	}{
		{"rejected", peer, exited(43), false, checker.Wrong, verdict.WrongAnswer},
		{"accepted with points", peer, exited(7), false, checker.Accepted, verdict.Accepted},
		{"interactor crashed", peer, signaled(unix.SIGSEGV), false, checker.Error, verdict.JudgeError},
		{"interactor overran", peer, killed(sandbox.KillCPU, func(*sandbox.Result) {}), false, checker.Error, verdict.JudgeError},
		{"interactor killed by SIGPIPE with its submission alive", peer, signaled(unix.SIGPIPE), false, checker.Error, verdict.JudgeError},
		{"submission overran", overCPU, peer, true, 0, verdict.TimeLimitExceeded},
	} {
		f := InteractiveFacts{Program: Facts{Result: test.program}, Interactor: test.interactor, ProgramFirst: test.programFirst}
		got, err := Interactive(f, testLimits, checker.Result{Decision: test.decision})
		if err != nil || got.Verdict != test.want {
			t.Errorf("%s: %s, %v, want %s", test.name, got.Verdict, err, test.want)
		}
	}
	f := InteractiveFacts{Program: Facts{Result: exited(0)}, Interactor: peer, ProgramFirst: true}
	if _, err := Interactive(f, testLimits, checker.Result{}); !errors.Is(err, ErrContradiction) {
		t.Errorf("interactor killed for nothing: %v, want a contradiction", err)
	}
	if _, err := Run(Facts{Result: peer}, testLimits, nil); !errors.Is(err, ErrContradiction) {
		t.Errorf("killed for a peer in a run without one: %v, want a contradiction", err)
	}
}
