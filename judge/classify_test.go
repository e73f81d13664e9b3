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

// testLimits are 1 s, 4 s, 64 MiB and 1 MiB.
var testLimits = runLimits{cpu: time.Second, wall: 4 * time.Second, memory: 64 * sandbox.MiB, output: sandbox.MiB}

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
		want    decision
	}{
		{"ended well, checker not asked", exited(0), false, nil, decision{}},
		{"accepted", exited(0), false, accepted, decision{verdict: "AC"}},
		{"wrong", exited(0), false, &checker.Result{Decision: checker.Wrong}, decision{verdict: "WA"}},
		{
			"wrong layout", exited(0), false, &checker.Result{Decision: checker.Wrong, Reason: "presentation"},
			decision{verdict: "WA", reason: "presentation"},
		},
		{
			"no output", exited(0), false, &checker.Result{Decision: checker.Wrong, Reason: "no_output"},
			decision{verdict: "WA", reason: "no_output"},
		},
		{"checker failed", exited(0), false, &checker.Result{Decision: checker.Error}, decision{verdict: "JE"}},
		{"out of memory said and exit 0", exited(0), true, accepted, decision{verdict: "AC"}},

		{"exit 1", exited(1), false, nil, decision{verdict: "RTE", reason: "exit"}},
		{"exit 42 is no validator", exited(42), false, nil, decision{verdict: "RTE", reason: "exit"}},
		{"exit 137 is no signal", exited(137), false, nil, decision{verdict: "RTE", reason: "exit"}},
		{"exit 1 is not checked", exited(1), false, accepted, decision{verdict: "RTE", reason: "exit"}},
		{"segfault", signaled(unix.SIGSEGV), false, nil, decision{verdict: "RTE", reason: "signal"}},
		{"killed itself", signaled(unix.SIGKILL), false, nil, decision{verdict: "RTE", reason: "signal"}},
		{"killed itself by SIGXCPU", signaled(unix.SIGXCPU), false, nil, decision{verdict: "RTE", reason: "signal"}},
		{
			"not started",
			sandbox.Result{Outcome: sandbox.OutcomeNotStarted, Errno: unix.ENOENT},
			true, nil,
			decision{verdict: "RTE", reason: "not_started"},
		},
		{"forbidden system call", signaled(unix.SIGSYS), false, nil, decision{verdict: "RTE", reason: "syscall"}},

		{
			"CPU killed", killed(sandbox.KillCPU, overCPU), false, nil,
			decision{verdict: "TLE", reason: "cpu", flags: []string{"cpu"}},
		},
		{
			"CPU over without a kill", with(exited(0), overCPU), false, accepted,
			decision{verdict: "TLE", reason: "cpu", flags: []string{"cpu"}},
		},
		{"CPU equal passes", with(exited(0), func(r *sandbox.Result) { r.CPU = time.Second }), false, accepted, decision{verdict: "AC"}},
		{
			"CPU over by less than the unit passes",
			with(exited(0), func(r *sandbox.Result) { r.CPU = time.Second + 999*time.Nanosecond }), false, accepted,
			decision{verdict: "AC"},
		},
		{
			"CPU over and exit 1", with(exited(1), overCPU), false, nil,
			decision{verdict: "TLE", reason: "cpu", flags: []string{"cpu"}},
		},
		{
			"CPU over and segfault", with(signaled(unix.SIGSEGV), overCPU), false, nil,
			decision{verdict: "TLE", reason: "cpu", flags: []string{"cpu"}},
		},

		{
			"wall killed", killed(sandbox.KillWall, overWall), false, nil,
			decision{verdict: "TLE", reason: "wall", flags: []string{"wall"}},
		},
		{
			"wall killed just before it is over", killed(sandbox.KillWall, nothing), false, nil,
			decision{verdict: "TLE", reason: "wall", flags: []string{"wall"}},
		},
		{
			"wall over without a kill", with(exited(0), overWall), false, accepted,
			decision{verdict: "TLE", reason: "wall", flags: []string{"wall"}},
		},
		{"wall equal passes", with(exited(0), func(r *sandbox.Result) { r.Wall = 4 * time.Second }), false, accepted, decision{verdict: "AC"}},
		{
			"wall killed and CPU over", killed(sandbox.KillWall, func(r *sandbox.Result) { overCPU(r); overWall(r) }), false, nil,
			decision{verdict: "TLE", reason: "cpu", flags: []string{"cpu", "wall"}},
		},

		{
			"output killed", killed(sandbox.KillOutput, overOutput), false, nil,
			decision{verdict: "OLE", flags: []string{"output"}},
		},
		{
			"output killed with CPU over", killed(sandbox.KillOutput, func(r *sandbox.Result) { overOutput(r); overCPU(r) }), false, nil,
			decision{verdict: "OLE", flags: []string{"cpu", "output"}},
		},
		{
			"output over without a kill", with(exited(0), overOutput), false, accepted,
			decision{verdict: "OLE", flags: []string{"output"}},
		},
		{"output equal passes", with(exited(0), func(r *sandbox.Result) { r.OutputBytes = sandbox.MiB }), false, accepted, decision{verdict: "AC"}},

		{
			"killed for memory", with(signaled(unix.SIGKILL), oom), false, nil,
			decision{verdict: "MLE", reason: "oom_kill", flags: []string{"memory"}},
		},
		{
			"a child killed for memory", with(exited(0), oom), false, accepted,
			decision{verdict: "MLE", reason: "oom_kill", flags: []string{"memory"}},
		},
		{
			"a child killed for memory, then CPU", killed(sandbox.KillCPU, func(r *sandbox.Result) { oom(r); overCPU(r) }), false, nil,
			decision{verdict: "MLE", reason: "oom_kill", flags: []string{"cpu", "memory"}},
		},
		{
			"a child killed for memory, then wall", killed(sandbox.KillWall, oom), false, nil,
			decision{verdict: "MLE", reason: "oom_kill", flags: []string{"wall", "memory"}},
		},
		{
			"a child killed for memory, then output", killed(sandbox.KillOutput, oom), false, nil,
			decision{verdict: "MLE", reason: "oom_kill", flags: []string{"memory", "output"}},
		},
		{
			"killed for memory that files have filled",
			with(signaled(unix.SIGKILL), func(r *sandbox.Result) {
				oom(r)
				overOutput(r)
				r.FileBytes, r.KilledBy = sandbox.MiB+1, sandbox.KillOutput
			}), false, nil,
			decision{verdict: "OLE", flags: []string{"memory", "output"}},
		},
		{
			"peak over", with(exited(0), overPeak), false, accepted,
			decision{verdict: "MLE", reason: "peak", flags: []string{"memory"}},
		},
		{"peak equal passes", with(exited(0), func(r *sandbox.Result) { r.PeakMemory = 64 * sandbox.MiB }), false, accepted, decision{verdict: "AC"}},
		{
			"peak over and segfault", with(signaled(unix.SIGSEGV), overPeak), false, nil,
			decision{verdict: "MLE", reason: "peak", flags: []string{"memory"}},
		},
		{"runtime says out of memory", exited(1), true, nil, decision{verdict: "MLE", reason: "runtime"}},
		{"runtime aborts, out of memory", signaled(unix.SIGABRT), true, nil, decision{verdict: "MLE", reason: "runtime"}},
		{
			"CPU over and runtime says out of memory", with(exited(1), overCPU), true, nil,
			decision{verdict: "TLE", reason: "cpu", flags: []string{"cpu"}},
		},
		{
			"every limit at once", with(exited(1), func(r *sandbox.Result) {
				overCPU(r)
				overWall(r)
				overPeak(r)
				overOutput(r)
			}), false, nil,
			decision{verdict: "TLE", reason: "cpu", flags: []string{"cpu", "wall", "memory", "output"}},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := classify(runFacts{Result: tt.facts, saidOutOfMemory: tt.said}, testLimits, tt.checked)
			if err != nil {
				t.Fatalf("classify() = %v", err)
			}
			if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(decision{})); diff != "" {
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
			d, err := classify(runFacts{Result: tt.facts}, testLimits, tt.checked)
			if !errors.Is(err, errContradiction) {
				t.Errorf("classify() = %+v, %v, want an error that is errContradiction", d, err)
			}
		})
	}
}

// Nothing that a submission can do to its own run may come out as a judge error.
func TestOnlyCheckersMakeJudgeErrors(t *testing.T) {
	for code := range 256 {
		d, err := classify(runFacts{Result: exited(code)}, testLimits, &checker.Result{Decision: checker.Accepted})
		if err != nil || d.verdict == verdict.JudgeError {
			t.Errorf("classify(exit %d) = %+v, %v", code, d, err)
		}
	}
	for sig := unix.Signal(1); sig <= 64; sig++ {
		d, err := classify(runFacts{Result: signaled(sig)}, testLimits, nil)
		if err != nil || d.verdict != verdict.RunTimeError {
			t.Errorf("classify(signal %d) = %+v, %v", sig, d, err)
		}
	}
}
