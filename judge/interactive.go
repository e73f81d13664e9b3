package judge

import (
	"context"
	"fmt"
	"time"

	"github.com/gaveloj/gavel/judge/checker"
	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/message"
	"github.com/gaveloj/gavel/message/verdict"
	"github.com/gaveloj/gavel/sandbox"
)

// interactive is what came of one interactive run.
type interactive struct {
	facts   interactiveFacts
	limits  runLimits      // with the time in which the interactor kept the submission waiting
	checked checker.Result // zero when the interactor was not asked
	said    sandbox.Conversation
	tout    []byte // what the interactor wrote for a checker
}

// talksTo is the program of the package that runs beside the submission.
func (s *session) talksTo() *validator {
	if s.interactor != nil {
		return s.interactor
	}
	return s.validator
}

// runInteractive runs one pass of an interactive problem, and a checker after it where the package has one.
func (s *session) runInteractive(ctx context.Context, p pass) (*TestReport, checker.Result, error) {
	if s.talksTo() == nil {
		return nil, checker.Result{}, reject(verdict.ClassProblem, fmt.Errorf(
			"problem %s is interactive and has no program to talk to: add an output validator or interactor", s.problem.Name))
	}
	start := time.Now()
	run, err := s.talk(ctx, p)
	if err != nil {
		return nil, checker.Result{}, fmt.Errorf("run test %s: %w", p.test.Name, err)
	}
	ran := time.Now()
	s.clock.add(ran.Sub(start), 0)
	d, err := s.decideInteractive(ctx, p, run)
	if err != nil {
		return nil, checker.Result{}, fmt.Errorf("decide test %s: %w", p.test.Name, err)
	}
	s.clock.add(0, time.Since(ran))
	return s.interactiveReport(p, run, d), run.checked, nil
}

// talk runs the submission and the interactor. A fault of the containers is tried again in others.
func (s *session) talk(ctx context.Context, p pass) (run *interactive, err error) {
	for range attempts {
		if run, err = s.talkOnce(ctx, p); err == nil || ctx.Err() != nil {
			return run, err
		}
	}
	return nil, err
}

func (s *session) talkOnce(ctx context.Context, p pass) (*interactive, error) {
	start := time.Now()
	box, companion, err := s.judge.cfg.Pool.LeasePair(ctx)
	if err != nil {
		return nil, fmt.Errorf("lease containers: %w", err)
	}
	defer s.judge.cfg.Pool.Release(box)
	s.judge.cfg.Metrics.LeaseWait(time.Since(start))
	interactor := s.talksTo()
	in, err := s.invocation(p, interactor)
	if err != nil {
		return nil, err
	}
	defer closeData(in)
	in.Interactive = true
	in.Limits.Wall = 0 // most of its wall time it may have waited; the sandbox counts the rest
	call, err := checker.Prepare(ctx, companion, interactor.program, in)
	if err != nil {
		return nil, err
	}
	defer call.Close()
	call.Command.Limits.Wall = interactor.limits.Wall
	cmd, err := s.prepareProgram(ctx, box, p.test)
	if err != nil {
		return nil, err
	}
	pair, err := sandbox.RunPair(ctx, box, companion, sandbox.Pair{
		Program: cmd, Interactor: call.Command, GoOn: acceptedBy(interactor.program.Protocol),
	})
	if err != nil {
		return nil, fmt.Errorf("run program and %s: %w", interactor.program.Name, err)
	}
	if pair.Program.KilledBy == sandbox.KillCancel || pair.Interactor.KilledBy == sandbox.KillCancel {
		return nil, context.Cause(ctx)
	}
	return s.listen(ctx, call, pair)
}

// acceptedBy tells, of an interactor that has ended, whether it accepted, by the exit codes of its protocol. Anything
// else decides the test case at once, or is a judge error.
func acceptedBy(p checker.Protocol) func(sandbox.Result) bool {
	code := 0
	if p == checker.Kattis || p == "" {
		code = 42
	}
	return func(r sandbox.Result) bool {
		return r.KilledBy == sandbox.KillNone && r.Outcome == sandbox.OutcomeExited && r.ExitCode == code
	}
}

// listen takes in what the interactor said of a run that is over.
func (s *session) listen(ctx context.Context, call *checker.Call, pair sandbox.PairResult) (*interactive, error) {
	run := &interactive{
		facts: interactiveFacts{
			program:    runFacts{Result: pair.Program, saidOutOfMemory: s.language.SaidOutOfMemory(pair.Program.Stderr)},
			interactor: pair.Interactor, programFirst: pair.ProgramFirst, inputClosed: pair.InputClosed,
		},
		limits: s.limits, said: pair.Conversation,
	}
	run.limits.wall += pair.PutOff
	if err := s.ask(ctx, call, pair.Interactor, run); err != nil {
		return nil, err
	}
	// A contradiction found here is tried again with other containers.
	_, err := classifyInteractive(run.facts, run.limits, run.checked)
	return run, err
}

// ask takes in what the interactor decided and left behind.
func (s *session) ask(ctx context.Context, call *checker.Call, facts sandbox.Result, run *interactive) (err error) {
	if facts.KilledBy == sandbox.KillPeer {
		return nil // it was not to decide
	}
	if facts.KilledBy == sandbox.KillWall {
		run.checked = checker.Result{Decision: checker.Error, JudgeMessage: s.talksTo().program.Name + " neither waited for " +
			"the submission nor computed when the time for both was over, or did not end after the submission"}
		return nil
	}
	if run.checked, err = call.Finish(ctx, facts); err != nil {
		return err
	}
	if s.interactor != nil && s.validator != nil && run.checked.Decision == checker.Accepted {
		run.tout, err = call.ReadTout(ctx)
	}
	return err
}

// decideInteractive decides a run, and asks the checker where interactor and checker are two programs.
func (s *session) decideInteractive(ctx context.Context, p pass, run *interactive) (decision, error) {
	d, err := classifyInteractive(run.facts, run.limits, run.checked)
	if err != nil || d.verdict != verdict.Accepted || s.interactor == nil || s.validator == nil {
		return d, err
	}
	checked, err := s.check(ctx, p, run.tout)
	if err != nil {
		return decision{}, err
	}
	checked.JudgeMessage = joinText(run.checked.JudgeMessage, checked.JudgeMessage)
	run.checked = checked
	return decision{flags: d.flags}.withChecker(checked)
}

// interactiveReport makes the report of one pass.
func (s *session) interactiveReport(p pass, run *interactive, d decision) *TestReport {
	f := run.facts
	r := testReport(p.test.Name, f.program, d, run.checked)
	if d.verdict != verdict.Accepted && d.verdict != verdict.WrongAnswer && d.verdict != verdict.PartiallyAccepted {
		r.Given = verdict.Score{} // given before the submission failed
	}
	if d.verdict == verdict.WrongAnswer && !f.programFirst {
		// What the submission did after it had been found wrong does not matter.
		r.CPUUsec, r.WallUsec = min(r.CPUUsec, run.limits.cpu.Microseconds()), min(r.WallUsec, run.limits.wall.Microseconds())
	}
	r.Checker = usage(checker.Usage{CPU: f.interactor.CPU, Wall: f.interactor.Wall, PeakMemory: f.interactor.PeakMemory})
	said := transcript(run.said)
	r.Transcript = shorten(said, maxTranscript)
	r.Artifacts = append(s.outputs(f.program, p.number), r.Artifacts...)
	if s.keeps(message.ArtifactTranscript) {
		r.Artifacts = append(r.Artifacts, message.Artifact{
			Kind: message.ArtifactTranscript, Name: inPass("transcript", p.number), Data: []byte(said), Truncated: !saidWhole(run.said),
		})
	}
	return r
}

// wallLimit is how long a run may take that has so much CPU time.
func wallLimit(kind problem.Kind, cpu time.Duration) time.Duration {
	if kind.Interactive {
		return 2*cpu + time.Second
	}
	return 3*cpu + time.Second
}
