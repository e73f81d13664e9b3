package judge

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/judge/checker"
	"github.com/gaveloj/gavel/judge/problem"
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

// cpuSlack is added to the limits that the sandbox enforces, so that a run is killed only when it is over the
// limit in the units of the report too.
const (
	cpuSlack  = time.Microsecond
	wallSlack = 10 * time.Millisecond
)

// runAlone runs the program on the input of a pass, and then asks the checker when the run ended well.
func (s *session) runAlone(ctx context.Context, p pass) (*TestReport, checker.Result, error) {
	start := time.Now()
	facts, err := s.runProgram(ctx, p)
	if err != nil {
		return nil, checker.Result{}, fmt.Errorf("run test %s: %w", p.test.Name, err)
	}
	ran := time.Now()
	s.clock.add(ran.Sub(start), 0)
	report, checked, err := s.decide(ctx, p, facts)
	if err != nil {
		return nil, checker.Result{}, fmt.Errorf("decide test %s: %w", p.test.Name, err)
	}
	report.Artifacts = append(s.outputs(facts, p.number), report.Artifacts...)
	s.clock.add(0, time.Since(ran))
	return report, checked, nil
}

// runProgram runs the program on the input of a pass.
func (s *session) runProgram(ctx context.Context, p pass) (facts runFacts, err error) {
	err = s.judge.leased(ctx, func(sb *sandbox.Sandbox) error {
		input, err := p.openInput()
		if err != nil {
			return fmt.Errorf("open test data: %w", err)
		}
		defer input.Close()
		facts, err = s.runOnce(ctx, sb, p.test, input)
		return err
	})
	return facts, err
}

// stopAfter is the CPU time after which a run is ended: the time limit, unless the submission is given more.
func (s *session) stopAfter() time.Duration {
	return max(s.limits.cpu, scaled(s.limits.cpu, s.stretch))
}

func (s *session) runOnce(ctx context.Context, sb *sandbox.Sandbox, test *problem.Test, input *os.File) (runFacts, error) {
	cmd, err := s.prepareProgram(ctx, sb, test)
	if err != nil {
		return runFacts{}, err
	}
	cmd.Stdin = input
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

// prepareProgram puts the program and the files of a test case into a container, and says how to start it.
func (s *session) prepareProgram(ctx context.Context, sb *sandbox.Sandbox, test *problem.Test) (sandbox.Command, error) {
	program := s.program.program
	files := make([]sandbox.File, len(test.Files))
	for i, f := range test.Files {
		file, err := packageFile(f)
		if err != nil {
			return sandbox.Command{}, err
		}
		files[i] = file
	}
	beside, err := s.beside()
	if err != nil {
		return sandbox.Command{}, err
	}
	// One after the other: those of the test case replace files of the same name.
	for _, list := range [][]sandbox.File{slices.Concat(beside, program.Files), files} {
		if len(list) == 0 {
			continue
		}
		if err := sb.Put(ctx, list...); err != nil {
			return sandbox.Command{}, fmt.Errorf("put program: %w", err)
		}
	}
	cmd := program.Command(s.judge.cfg.Languages.Table(), s.problem.Limits.Memory, test.Args)
	cmd.Executable = s.program.executable
	cmd.Limits.CPU, cmd.Limits.Wall = s.stopAfter()+cpuSlack, s.limits.wall+wallSlack
	cmd.Limits.Output, cmd.Limits.Files = s.limits.output, fileRule(s.problem)
	return cmd, nil
}

// decide makes the report of a pass from the facts of its run, and asks the checker when the run ended well.
func (s *session) decide(ctx context.Context, p pass, facts runFacts) (*TestReport, checker.Result, error) {
	d, err := classify(facts, s.limits, nil)
	if err != nil {
		return nil, checker.Result{}, err
	}
	if d.verdict != "" {
		return testReport(p.test.Name, facts, d, checker.Result{}), checker.Result{}, nil
	}
	checked, err := s.check(ctx, p, facts.Stdout)
	if err != nil {
		return nil, checker.Result{}, err
	}
	if d, err = classify(facts, s.limits, &checked); err != nil {
		return nil, checker.Result{}, errors.Join(err, closeNext(checked))
	}
	report := testReport(p.test.Name, facts, d, checked)
	if s.validator != nil {
		report.Checker = usage(checked.Usage)
	}
	return report, checked, nil
}

func usage(u checker.Usage) *Usage {
	return &Usage{CPUUsec: u.CPU.Microseconds(), WallUsec: u.Wall.Microseconds(), PeakMemory: int64(u.PeakMemory)}
}

func testReport(name string, f runFacts, d decision, checked checker.Result) *TestReport {
	r := &TestReport{
		Name: name, Verdict: d.verdict, Reason: d.reason, Flags: d.flags,
		CPUUsec: f.CPU.Microseconds(), WallUsec: f.Wall.Microseconds(),
		PeakMemory: int64(f.PeakMemory), OutputBytes: int64(f.OutputBytes), ExitCode: f.ExitCode,
		JudgeMessage: checked.JudgeMessage, TeamMessage: checked.TeamMessage, Given: checked.Score,
		Artifacts: checked.Artifacts,
	}
	if f.Outcome == sandbox.OutcomeSignaled && f.KilledBy != sandbox.KillPeer {
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

// check asks the checker about the output of a pass.
func (s *session) check(ctx context.Context, p pass, output []byte) (checker.Result, error) {
	start, test := time.Now(), p.test
	if s.validator != nil {
		r, err := s.runValidator(ctx, p, output)
		s.judge.cfg.Metrics.Checker(metrics.CheckerCustom, time.Since(start))
		if err != nil {
			return r, err
		}
		return r, s.draw(ctx, p, output, &r)
	}
	answer, err := os.ReadFile(test.Answer)
	if err != nil {
		return checker.Result{}, fmt.Errorf("read test data: %w", err)
	}
	r := test.Comparer.Compare(output, answer)
	s.judge.cfg.Metrics.Checker(metrics.CheckerNative, time.Since(start))
	return r, s.draw(ctx, p, output, &r)
}
