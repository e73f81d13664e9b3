package judge

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
					f := interactiveFacts{
						program: runFacts{Result: end.result}, interactor: answer.result,
						programFirst: programFirst, inputClosed: inputClosed,
					}
					limit := end.verdict != "" && end.verdict != verdict.RunTimeError
					want := decision{verdict: end.verdict, reason: end.reason}
					said := map[checker.Decision]verdict.Code{
						checker.Accepted: verdict.Accepted, checker.Wrong: verdict.WrongAnswer,
						checker.Partial: verdict.PartiallyAccepted, checker.Error: verdict.JudgeError,
					}[answer.checked.Decision]
					brokenPipe := answerName == "pipe" && (programFirst || inputClosed)
					switch {
					case programFirst && limit: // the interactor's answer came after that, or it was killed
					case end.result.Outcome == sandbox.OutcomeNotStarted: // whatever the interactor made of silence
					case brokenPipe && end.verdict == "":
						want = decision{verdict: verdict.WrongAnswer}
					case brokenPipe:
					case said == verdict.JudgeError:
						want = decision{verdict: said}
					case !programFirst && said != verdict.Accepted:
						want = decision{verdict: said}
					case end.verdict == "":
						want = decision{verdict: said}
					}
					got, err := classifyInteractive(f, testLimits, answer.checked)
					got.flags = nil
					if diff := cmp.Diff(want, got, cmp.AllowUnexported(decision{})); diff != "" || err != nil {
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
		f := interactiveFacts{program: runFacts{Result: test.program}, interactor: test.interactor, programFirst: test.programFirst}
		got, err := classifyInteractive(f, testLimits, checker.Result{Decision: test.decision})
		if err != nil || got.verdict != test.want {
			t.Errorf("%s: %s, %v, want %s", test.name, got.verdict, err, test.want)
		}
	}
	f := interactiveFacts{program: runFacts{Result: exited(0)}, interactor: peer, programFirst: true}
	if _, err := classifyInteractive(f, testLimits, checker.Result{}); !errors.Is(err, errContradiction) {
		t.Errorf("interactor killed for nothing: %v, want a contradiction", err)
	}
	if _, err := classify(runFacts{Result: peer}, testLimits, nil); !errors.Is(err, errContradiction) {
		t.Errorf("killed for a peer in a run without one: %v, want a contradiction", err)
	}
}
