package judge

import (
	"context"
	"fmt"
	"time"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/checker"
	"github.com/gaveloj/gavel/judge/classify"
	"github.com/gaveloj/gavel/judge/excerpt"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/sandbox"
)

// interactive is what came of one interactive run.
type interactive struct {
	facts   classify.InteractiveFacts
	limits  classify.Limits // with the time in which the interactor kept the submission waiting
	checked checker.Result  // zero when the interactor was not asked
	said    sandbox.Transcript
	tout    []byte // what the interactor wrote for a checker
}

// beside is the program of the package that runs beside the submission; nil where there is none.
func (p packagePrograms) beside() *PackageProgram {
	if p.interactor != nil {
		return p.interactor
	}
	return p.validator
}

// runInteractive runs one pass of an interactive problem, and a checker after it where the package has one.
func (r *runner) runInteractive(ctx context.Context, p pass) (*testResult, checker.Result, error) {
	if r.programs.beside() == nil {
		return nil, checker.Result{}, api.Refuse(verdict.ClassProblem, fmt.Errorf(
			"problem %s is interactive and has no program to talk to: add an output validator or interactor", r.problem.Name))
	}
	start := time.Now()
	run, err := r.runPair(ctx, p)
	if err != nil {
		return nil, checker.Result{}, fmt.Errorf("run test %s: %w", p.test.Name, err)
	}
	ran := time.Now()
	r.clock.add(ran.Sub(start), 0)
	d, err := r.decideInteractive(ctx, p, run)
	if err != nil {
		return nil, checker.Result{}, fmt.Errorf("decide test %s: %w", p.test.Name, err)
	}
	r.clock.add(0, time.Since(ran))
	return r.interactiveResult(p, run, d), run.checked, nil
}

// runPair runs the submission and the interactor. A fault of the containers is tried again in others.
func (r *runner) runPair(ctx context.Context, p pass) (run *interactive, err error) {
	err = retried(ctx, func() error {
		run, err = r.runPairOnce(ctx, p)
		return err
	})
	return run, err
}

func (r *runner) runPairOnce(ctx context.Context, p pass) (*interactive, error) {
	start := time.Now()
	box, companion, err := r.judge.cfg.Pool.LeasePair(ctx)
	if err != nil {
		return nil, fmt.Errorf("lease containers: %w", err)
	}
	defer r.judge.cfg.Pool.Release(box)
	r.judge.cfg.Metrics.LeaseWait(time.Since(start))
	interactor := r.programs.beside()
	in, err := r.invocation(p, interactor)
	if err != nil {
		return nil, err
	}
	defer closeData(in)
	in.Interactive = true
	if limits := r.problem.Limits; limits.InteractionOutput != limits.ValidationOutput {
		in.Talk = limits.InteractionOutput
	}
	in.Limits.Wall = 0 // most of its wall time it may have waited; the sandbox counts the rest
	call, err := checker.Prepare(ctx, companion, interactor.program, in)
	if err != nil {
		return nil, err
	}
	defer call.Close()
	call.Command.Limits.Wall = interactor.limits.Wall
	cmd, err := r.program.prepare(ctx, box, p.runInput(r.judge.inputs), r.limits)
	if err != nil {
		facts, err := notPut(err)
		return &interactive{facts: classify.InteractiveFacts{Program: facts}, limits: r.limits}, err
	}
	pair, err := sandbox.RunPair(ctx, box, companion, sandbox.Pair{
		Program: cmd, Interactor: call.Command, LetFinish: acceptedBy(interactor.program.Protocol),
	})
	if err != nil {
		return nil, fmt.Errorf("run program and %s: %w", interactor.program.Name, err)
	}
	if pair.Program.KilledBy == sandbox.KillCancel || pair.Interactor.KilledBy == sandbox.KillCancel {
		return nil, context.Cause(ctx)
	}
	return r.collect(ctx, call, pair)
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

// collect takes what the interactor said of a run that is over.
func (r *runner) collect(ctx context.Context, call *checker.Call, pair sandbox.PairResult) (*interactive, error) {
	run := &interactive{
		facts: classify.InteractiveFacts{
			Program:    r.program.facts(pair.Program),
			Interactor: pair.Interactor, ProgramFirst: pair.ProgramFirst, InputClosed: pair.InputClosed,
		},
		limits: r.limits, said: pair.Transcript,
	}
	run.limits.Wall += pair.WallExtension
	if err := r.collectDecision(ctx, call, pair.Interactor, run); err != nil {
		return nil, err
	}
	// A contradiction found here is tried again with other containers.
	_, err := classify.Interactive(run.facts, run.limits, run.checked)
	return run, err
}

// collectDecision takes what the interactor decided and left behind.
func (r *runner) collectDecision(ctx context.Context, call *checker.Call, facts sandbox.Result, run *interactive) (err error) {
	if facts.KilledBy == sandbox.KillPeer {
		return nil // it was not to decide
	}
	if facts.KilledBy == sandbox.KillWall {
		run.checked = checker.Result{Decision: checker.Error, JudgeMessage: r.programs.beside().program.Name + " neither waited for " +
			"the submission nor computed when the time for both was over, or did not end after the submission"}
		return nil
	}
	if run.checked, err = call.Finish(ctx, facts); err != nil {
		return err
	}
	if r.programs.interactor != nil && r.programs.validator != nil && run.checked.Decision == checker.Accepted {
		run.tout, err = call.ReadTout(ctx)
	}
	return err
}

// decideInteractive decides a run, and asks the checker where interactor and checker are two programs.
func (r *runner) decideInteractive(ctx context.Context, p pass, run *interactive) (classify.Decision, error) {
	d, err := classify.Interactive(run.facts, run.limits, run.checked)
	if err != nil || d.Verdict != verdict.Accepted || r.programs.interactor == nil || r.programs.validator == nil {
		return d, err
	}
	checked, err := r.check(ctx, p, run.tout)
	if err != nil {
		return classify.Decision{}, err
	}
	checked.JudgeMessage = joinText(run.checked.JudgeMessage, checked.JudgeMessage)
	run.checked = checked
	return classify.Decision{Flags: d.Flags}.WithChecker(checked)
}

// interactiveResult makes the result of one pass.
func (r *runner) interactiveResult(p pass, run *interactive, d classify.Decision) *testResult {
	f := run.facts
	result := newTestResult(p.test.Name, f.Program, d, run.checked)
	if d.Verdict != verdict.Accepted && d.Verdict != verdict.WrongAnswer && d.Verdict != verdict.PartiallyAccepted {
		result.given = verdict.Score{} // given before the submission failed
	}
	if d.Verdict == verdict.WrongAnswer && !f.ProgramFirst {
		// What the submission did after it had been found wrong does not matter.
		result.CPUUsec = min(result.CPUUsec, run.limits.CPU.Microseconds())
		result.WallUsec = min(result.WallUsec, run.limits.Wall.Microseconds())
	}
	result.Checker = usage(checker.Usage{CPU: f.Interactor.CPU, Wall: f.Interactor.Wall, PeakMemory: f.Interactor.PeakMemory})
	said := excerpt.Transcript(run.said)
	result.Transcript = excerpt.Shorten(said, excerpt.MaxTranscript)
	result.Artifacts = append(r.outputs(f.Program, p.number), result.Artifacts...)
	if r.keeps(api.ArtifactTranscript) {
		result.Artifacts = append(result.Artifacts, api.Artifact{
			Kind: api.ArtifactTranscript, Name: inPass("transcript", p.number), Data: []byte(said), Truncated: !excerpt.SaidWhole(run.said),
		})
	}
	return result
}
