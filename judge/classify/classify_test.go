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

// testLimits are 1 s, 4 s, 64 MiB and 1 MiB.
var testLimits = Limits{CPU: time.Second, Wall: 4 * time.Second, Memory: 64 * sandbox.MiB, Output: sandbox.MiB}

func exited(code int) sandbox.Result {
	return sandbox.Result{
		Outcome: sandbox.OutcomeExited, ExitCode: code,
		CPU: 10 * time.Millisecond, Wall: 20 * time.Millisecond, PeakMemory: sandbox.MiB, OutputBytes: 10,
	}
}

func signaled(sig unix.Signal) sandbox.Result {
	r := exited(0)
	r.Outcome, r.Signal = sandbox.OutcomeSignaled, sig
	return r
}

// with changes a result.
func with(r sandbox.Result, change func(*sandbox.Result)) sandbox.Result {
	change(&r)
	return r
}

func killed(by sandbox.KillCause, change func(*sandbox.Result)) sandbox.Result {
	r := signaled(unix.SIGKILL)
	r.KilledBy = by
	change(&r)
	return r
}

func TestClassify(t *testing.T) {
	accepted := &checker.Result{Decision: checker.Accepted}
	overCPU := func(r *sandbox.Result) { r.CPU = time.Second + time.Microsecond }
	overWall := func(r *sandbox.Result) { r.Wall = 4*time.Second + time.Microsecond }
	overPeak := func(r *sandbox.Result) { r.PeakMemory = 64*sandbox.MiB + 1 }
	overOutput := func(r *sandbox.Result) { r.OutputBytes = sandbox.MiB + 1 }
	oom := func(r *sandbox.Result) { r.OOMKills = 1 }
	nothing := func(*sandbox.Result) {}
	tests := []struct {
		name    string
		facts   sandbox.Result
		said    bool // out of memory
		checked *checker.Result
		want    Decision
	}{
		{"ended well, checker not asked", exited(0), false, nil, Decision{}},
		{"accepted", exited(0), false, accepted, Decision{Verdict: "AC"}},
		{"wrong", exited(0), false, &checker.Result{Decision: checker.Wrong}, Decision{Verdict: "WA"}},
		{
			"wrong layout", exited(0), false, &checker.Result{Decision: checker.Wrong, Reason: "presentation"},
			Decision{Verdict: "WA", Reason: "presentation"},
		},
		{
			"no output", exited(0), false, &checker.Result{Decision: checker.Wrong, Reason: "no_output"},
			Decision{Verdict: "WA", Reason: "no_output"},
		},
		{"checker failed", exited(0), false, &checker.Result{Decision: checker.Error}, Decision{Verdict: "JE"}},
		{"out of memory said and exit 0", exited(0), true, accepted, Decision{Verdict: "AC"}},

		{"exit 1", exited(1), false, nil, Decision{Verdict: "RTE", Reason: "exit"}},
		{"exit 42 is no validator", exited(42), false, nil, Decision{Verdict: "RTE", Reason: "exit"}},
		{"exit 137 is no signal", exited(137), false, nil, Decision{Verdict: "RTE", Reason: "exit"}},
		{"exit 1 is not checked", exited(1), false, accepted, Decision{Verdict: "RTE", Reason: "exit"}},
		{"segfault", signaled(unix.SIGSEGV), false, nil, Decision{Verdict: "RTE", Reason: "signal"}},
		{"killed itself", signaled(unix.SIGKILL), false, nil, Decision{Verdict: "RTE", Reason: "signal"}},
		{"killed itself by SIGXCPU", signaled(unix.SIGXCPU), false, nil, Decision{Verdict: "RTE", Reason: "signal"}},
		{
			"not started",
			sandbox.Result{Outcome: sandbox.OutcomeNotStarted, Errno: unix.ENOENT},
			true, nil,
			Decision{Verdict: "RTE", Reason: "not_started"},
		},
		{"forbidden system call", signaled(unix.SIGSYS), false, nil, Decision{Verdict: "RTE", Reason: "syscall"}},

		{
			"CPU killed", killed(sandbox.KillCPU, overCPU), false, nil,
			Decision{Verdict: "TLE", Reason: "cpu", Flags: []string{"cpu"}},
		},
		{
			"CPU over without a kill", with(exited(0), overCPU), false, accepted,
			Decision{Verdict: "TLE", Reason: "cpu", Flags: []string{"cpu"}},
		},
		{"CPU equal passes", with(exited(0), func(r *sandbox.Result) { r.CPU = time.Second }), false, accepted, Decision{Verdict: "AC"}},
		{
			"CPU over by less than the unit passes",
			with(exited(0), func(r *sandbox.Result) { r.CPU = time.Second + 999*time.Nanosecond }), false, accepted,
			Decision{Verdict: "AC"},
		},
		{
			"CPU over and exit 1", with(exited(1), overCPU), false, nil,
			Decision{Verdict: "TLE", Reason: "cpu", Flags: []string{"cpu"}},
		},
		{
			"CPU over and segfault", with(signaled(unix.SIGSEGV), overCPU), false, nil,
			Decision{Verdict: "TLE", Reason: "cpu", Flags: []string{"cpu"}},
		},

		{
			"wall killed", killed(sandbox.KillWall, overWall), false, nil,
			Decision{Verdict: "TLE", Reason: "wall", Flags: []string{"wall"}},
		},
		{
			"wall killed just before it is over", killed(sandbox.KillWall, nothing), false, nil,
			Decision{Verdict: "TLE", Reason: "wall", Flags: []string{"wall"}},
		},
		{
			"wall over without a kill", with(exited(0), overWall), false, accepted,
			Decision{Verdict: "TLE", Reason: "wall", Flags: []string{"wall"}},
		},
		{"wall equal passes", with(exited(0), func(r *sandbox.Result) { r.Wall = 4 * time.Second }), false, accepted, Decision{Verdict: "AC"}},
		{
			"wall killed and CPU over", killed(sandbox.KillWall, func(r *sandbox.Result) { overCPU(r); overWall(r) }), false, nil,
			Decision{Verdict: "TLE", Reason: "cpu", Flags: []string{"cpu", "wall"}},
		},

		{
			"output killed", killed(sandbox.KillOutput, overOutput), false, nil,
			Decision{Verdict: "OLE", Flags: []string{"output"}},
		},
		{
			"output killed with CPU over", killed(sandbox.KillOutput, func(r *sandbox.Result) { overOutput(r); overCPU(r) }), false, nil,
			Decision{Verdict: "OLE", Flags: []string{"cpu", "output"}},
		},
		{
			"output over without a kill", with(exited(0), overOutput), false, accepted,
			Decision{Verdict: "OLE", Flags: []string{"output"}},
		},
		{"output equal passes", with(exited(0), func(r *sandbox.Result) { r.OutputBytes = sandbox.MiB }), false, accepted, Decision{Verdict: "AC"}},

		{
			"killed for memory", with(signaled(unix.SIGKILL), oom), false, nil,
			Decision{Verdict: "MLE", Reason: "oom_kill", Flags: []string{"memory"}},
		},
		{
			"a child killed for memory", with(exited(0), oom), false, accepted,
			Decision{Verdict: "MLE", Reason: "oom_kill", Flags: []string{"memory"}},
		},
		{
			"a child killed for memory, then CPU", killed(sandbox.KillCPU, func(r *sandbox.Result) { oom(r); overCPU(r) }), false, nil,
			Decision{Verdict: "MLE", Reason: "oom_kill", Flags: []string{"cpu", "memory"}},
		},
		{
			"a child killed for memory, then wall", killed(sandbox.KillWall, oom), false, nil,
			Decision{Verdict: "MLE", Reason: "oom_kill", Flags: []string{"wall", "memory"}},
		},
		{
			"a child killed for memory, then output", killed(sandbox.KillOutput, oom), false, nil,
			Decision{Verdict: "MLE", Reason: "oom_kill", Flags: []string{"memory", "output"}},
		},
		{
			"killed for memory that files have filled",
			with(signaled(unix.SIGKILL), func(r *sandbox.Result) {
				oom(r)
				overOutput(r)
				r.FileBytes, r.KilledBy = sandbox.MiB+1, sandbox.KillOutput
			}), false, nil,
			Decision{Verdict: "OLE", Flags: []string{"memory", "output"}},
		},
		{
			"peak over", with(exited(0), overPeak), false, accepted,
			Decision{Verdict: "MLE", Reason: "peak", Flags: []string{"memory"}},
		},
		{"peak equal passes", with(exited(0), func(r *sandbox.Result) { r.PeakMemory = 64 * sandbox.MiB }), false, accepted, Decision{Verdict: "AC"}},
		{
			"peak over and segfault", with(signaled(unix.SIGSEGV), overPeak), false, nil,
			Decision{Verdict: "MLE", Reason: "peak", Flags: []string{"memory"}},
		},
		{"runtime says out of memory", exited(1), true, nil, Decision{Verdict: "MLE", Reason: "runtime"}},
		{"runtime aborts, out of memory", signaled(unix.SIGABRT), true, nil, Decision{Verdict: "MLE", Reason: "runtime"}},
		{
			"CPU over and runtime says out of memory", with(exited(1), overCPU), true, nil,
			Decision{Verdict: "TLE", Reason: "cpu", Flags: []string{"cpu"}},
		},
		{
			"every limit at once", with(exited(1), func(r *sandbox.Result) {
				overCPU(r)
				overWall(r)
				overPeak(r)
				overOutput(r)
			}), false, nil,
			Decision{Verdict: "TLE", Reason: "cpu", Flags: []string{"cpu", "wall", "memory", "output"}},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Run(Facts{Result: tt.facts, SaidOutOfMemory: tt.said}, testLimits, tt.checked)
			if err != nil {
				t.Fatalf("classify() = %v", err)
			}
			if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(Decision{})); diff != "" {
				t.Errorf("classify() (-want +got):\n%s", diff)
			}
		})
	}
}

func TestClassifyFindsContradictions(t *testing.T) {
	tests := map[string]struct {
		facts   sandbox.Result
		checked *checker.Result
	}{
		"no outcome":                    {facts: sandbox.Result{}},
		"killed for CPU below limit":    {facts: killed(sandbox.KillCPU, func(*sandbox.Result) {})},
		"killed for CPU at the limit":   {facts: killed(sandbox.KillCPU, func(r *sandbox.Result) { r.CPU = time.Second })},
		"canceled":                      {facts: killed(sandbox.KillCancel, func(*sandbox.Result) {})},
		"checker that decided nothing":  {facts: exited(0), checked: &checker.Result{}},
		"checker with unknown decision": {facts: exited(0), checked: &checker.Result{Decision: 99}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			d, err := Run(Facts{Result: tt.facts}, testLimits, tt.checked)
			if !errors.Is(err, ErrContradiction) {
				t.Errorf("classify() = %+v, %v, want an error that is errContradiction", d, err)
			}
		})
	}
}

// Nothing that a submission can do to its own run may come out as a judge error.
func TestOnlyCheckersMakeJudgeErrors(t *testing.T) {
	for code := range 256 {
		d, err := Run(Facts{Result: exited(code)}, testLimits, &checker.Result{Decision: checker.Accepted})
		if err != nil || d.Verdict == verdict.JudgeError {
			t.Errorf("classify(exit %d) = %+v, %v", code, d, err)
		}
	}
	for sig := unix.Signal(1); sig <= 64; sig++ {
		d, err := Run(Facts{Result: signaled(sig)}, testLimits, nil)
		if err != nil || d.Verdict != verdict.RunTimeError {
			t.Errorf("classify(signal %d) = %+v, %v", sig, d, err)
		}
	}
}
