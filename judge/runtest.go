package judge

import (
	"context"
	"fmt"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/judge/checker"
	"github.com/gaveloj/gavel/metrics"
	"github.com/gaveloj/gavel/sandbox"
)

// phaseClock adds up time spent by several hands.
type phaseClock struct {
	mu         sync.Mutex
	run, check time.Duration // guarded by mu
}

func (c *phaseClock) add(run, check time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.run += run
	c.check += check
}

func (c *phaseClock) fill(p *Phases) {
	c.mu.Lock()
	defer c.mu.Unlock()
	p.RunUsec, p.CheckUsec = c.run.Microseconds(), c.check.Microseconds()
}

// runTest runs and checks test i. The error is a fault.
func (s *session) runTest(ctx context.Context, i int) (*TestReport, error) {
	start := time.Now()
	facts, err := s.runProgram(ctx, i)
	if err != nil {
		return nil, fmt.Errorf("run test %s: %w", s.problem.Tests[i].Name, err)
	}
	ran := time.Now()
	s.clock.add(ran.Sub(start), 0)
	report, err := s.decide(ctx, i, facts)
	if err != nil {
		return nil, fmt.Errorf("decide test %s: %w", s.problem.Tests[i].Name, err)
	}
	s.clock.add(0, time.Since(ran))
	return report, nil
}

// cpuSlack is added to the limits that the sandbox enforces, so that a run is killed only when it is over the
// limit in the units of the report too.
const (
	cpuSlack  = time.Microsecond
	wallSlack = 10 * time.Millisecond
)

// runProgram runs the program on the input of test i.
func (s *session) runProgram(ctx context.Context, i int) (facts runFacts, err error) {
	err = s.judge.leased(ctx, func(sb *sandbox.Sandbox) error {
		// Opened for each attempt: the program may have moved the offset.
		input, err := sandbox.OpenNameless(s.problem.Tests[i].Input)
		if err != nil {
			return fmt.Errorf("open test data: %w", err)
		}
		defer input.Close()
		facts, err = s.runOnce(ctx, sb, input)
		return err
	})
	return facts, err
}

// stopAfter is the CPU time after which a run is ended: the time limit, unless the submission is given more.
func (s *session) stopAfter() time.Duration {
	return max(s.limits.cpu, scaled(s.limits.cpu, s.sub.stretch))
}

func (s *session) runOnce(ctx context.Context, sb *sandbox.Sandbox, input *os.File) (runFacts, error) {
	program := s.program.program
	if len(program.Files) > 0 {
		if err := sb.Put(ctx, program.Files...); err != nil {
			return runFacts{}, fmt.Errorf("put program: %w", err)
		}
	}
	cmd := program.Command(s.judge.cfg.Languages.Table(), s.problem.Limits.Memory, nil)
	cmd.Executable, cmd.Stdin = s.program.executable, input
	cmd.Limits.CPU, cmd.Limits.Wall = s.stopAfter()+cpuSlack, s.limits.wall+wallSlack
	cmd.Limits.Output, cmd.Limits.Files = s.limits.output, fileRule(s.problem)
	r, err := sb.Run(ctx, cmd)
	if err != nil {
		return runFacts{}, fmt.Errorf("run program: %w", err)
	}
	if r.KilledBy == sandbox.KillCancel {
		return runFacts{}, context.Cause(ctx)
	}
	facts := runFacts{Result: r, saidOutOfMemory: s.language.SaidOutOfMemory(r.Stderr)}
	// A contradiction found here is tried again with another container.
	_, err = classify(facts, s.limits, nil)
	return facts, err
}

// decide makes the report of test i from the facts of its run, and asks the checker when the run ended well.
func (s *session) decide(ctx context.Context, i int, facts runFacts) (*TestReport, error) {
	d, err := classify(facts, s.limits, nil)
	if err != nil {
		return nil, err
	}
	var checked checker.Result
	if d.verdict == "" {
		if checked, err = s.check(ctx, i, facts.Stdout); err != nil {
			return nil, err
		}
		if d, err = classify(facts, s.limits, &checked); err != nil {
			return nil, err
		}
	}
	return testReport(s.problem.Tests[i].Name, facts, d, checked), nil
}

func testReport(name string, f runFacts, d decision, checked checker.Result) *TestReport {
	r := &TestReport{
		Name: name, Verdict: d.verdict, Reason: d.reason, Flags: d.flags,
		CPUUsec: f.CPU.Microseconds(), WallUsec: f.Wall.Microseconds(),
		PeakMemory: int64(f.PeakMemory), OutputBytes: int64(f.OutputBytes), ExitCode: f.ExitCode,
		JudgeMessage: checked.JudgeMessage, TeamMessage: checked.TeamMessage, Given: checked.Score,
	}
	if f.Outcome == sandbox.OutcomeSignaled {
		r.Signal = signalName(f.Signal)
	}
	return r
}

// signalName is "SIGSEGV" and the like.
func signalName(sig unix.Signal) string {
	if name := unix.SignalName(sig); name != "" {
		return name
	}
	return fmt.Sprintf("signal %d", int(sig)) // real-time signals have no names
}

// check asks the checker about the output of test i.
func (s *session) check(ctx context.Context, i int, output []byte) (checker.Result, error) {
	start := time.Now()
	test := s.problem.Tests[i]
	if s.validator != nil {
		r, err := s.runValidator(ctx, test, output)
		s.judge.cfg.Metrics.Checker(metrics.CheckerCustom, time.Since(start))
		return r, err
	}
	answer, err := os.ReadFile(test.Answer)
	if err != nil {
		return checker.Result{}, fmt.Errorf("read test data: %w", err)
	}
	r := test.Comparer.Compare(output, answer)
	s.judge.cfg.Metrics.Checker(metrics.CheckerNative, time.Since(start))
	return r, nil
}
