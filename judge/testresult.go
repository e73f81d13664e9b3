package judge

import (
	"cmp"
	"fmt"

	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/checker"
	"github.com/gaveloj/gavel/judge/classify"
	"github.com/gaveloj/gavel/judge/grading"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/sandbox"
)

// testResult is what a test case or static test came to: its report, and what only the judge needs of it.
type testResult struct {
	api.TestReport
	// given is the score that the checker gave.
	given verdict.Score
	// class says who is at fault when the verdict is JE; "" is verdict.ClassChecker.
	class verdict.Class
}

func newTestResult(name string, f classify.Facts, d classify.Decision, checked checker.Result) *testResult {
	r := &testResult{given: checked.Score, TestReport: api.TestReport{
		Name: name, Verdict: d.Verdict, Reason: d.Reason, Flags: d.Flags,
		CPUUsec: f.CPU.Microseconds(), WallUsec: f.Wall.Microseconds(),
		PeakMemory: int64(f.PeakMemory), OutputBytes: int64(f.OutputBytes), ExitCode: f.ExitCode,
		JudgeMessage: checked.JudgeMessage, TeamMessage: checked.TeamMessage, Artifacts: checked.Artifacts,
	}}
	if f.Outcome == sandbox.OutcomeSignaled && f.KilledBy != sandbox.KillPeer {
		r.Signal = signalName(f.Signal)
	}
	if f.Outcome == sandbox.OutcomeNotStarted {
		r.JudgeMessage = "the program could not be started: " + f.Errno.Error()
		r.TeamMessage = r.JudgeMessage
	}
	return r
}

// noAnswer is the result of a test case without a readable answer.
func noAnswer(name, why string) *testResult {
	return &testResult{TestReport: api.TestReport{
		Name: name, Verdict: verdict.WrongAnswer, Reason: verdict.ReasonNoOutput, JudgeMessage: why, TeamMessage: why,
	}}
}

// forGrading is what a result means to the rules of grading.
func (r *testResult) forGrading(u grading.Unit) grading.Result {
	result := grading.Result{Verdict: r.Verdict, Score: r.given}
	if r.Verdict == verdict.JudgeError {
		validator := "output validator of test "
		if u.Kind == grading.StaticTest {
			validator = "static validator: test "
		}
		result.Class = cmp.Or(r.class, verdict.ClassChecker)
		result.Message = validator + u.Name + ": " + r.JudgeMessage
	}
	return result
}

func usage(u checker.Usage) *api.Usage {
	return &api.Usage{CPUUsec: u.CPU.Microseconds(), WallUsec: u.Wall.Microseconds(), PeakMemory: int64(u.PeakMemory)}
}

// signalName is "SIGSEGV" and the like.
func signalName(sig unix.Signal) string {
	if name := unix.SignalName(sig); name != "" {
		return name
	}
	return fmt.Sprintf("signal %d", int(sig)) // real-time signals have no names
}
