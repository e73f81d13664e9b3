package judge

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/artifact"
	"github.com/gaveloj/gavel/judge/checker"
	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/sandbox"
)

// runOverhead is what one run takes of an encoded result beside its outputs, in bytes, at most.
const runOverhead = 3 << 10

// Run compiles the files of a request once and runs the program on each of its inputs, one after the other, in containers
// without any test data. Of the outputs so much comes inline that the encoded result has at most most bytes; each may
// take its share of what the ones before it left. path is where whole outputs are kept.
//
// An error is a fault, or it matches ErrRejected and is final; when ctx ends it is ctx's cause.
func (j *Judge) Run(ctx context.Context, request api.RunRequest, path string, most int) (r api.RunResult, err error) {
	if err := api.ValidateRun(request); err != nil {
		return r, err
	}
	if err := errors.Join(checkFiles(request.Files)...); err != nil { // they are here, and not in a store
		return r, api.Refuse(verdict.ClassProblem, err)
	}
	request = request.WithDefaults()
	if request.Keep && j.cfg.Keeper == nil {
		return r, api.Refuse(verdict.ClassProblem, errors.New("field keep: there is no object store here"))
	}
	c, err := j.newRequestCompiler(request)
	if err != nil {
		return r, err
	}
	e := runExecution{
		request: request, compiler: c, limits: requestLimits(c, request),
		artifacts: artifactSink{to: j.cfg.Keeper, id: request.ID, path: path, most: maxRunKept},
	}
	r, err = e.run(ctx, most)
	if ctx.Err() != nil {
		return api.RunResult{}, context.Cause(ctx)
	}
	return r, err
}

// runExecution is one run request.
type runExecution struct {
	request   api.RunRequest
	compiler  *compiler
	limits    runLimits
	artifacts artifactSink
}

// newRequestCompiler compiles for a run request, by the rules of a problem that allows everything.
func (j *Judge) newRequestCompiler(r api.RunRequest) (*compiler, error) {
	limits := problem.DefaultLimits(problem.Legacy)
	limits.Memory = sandbox.Bytes(r.Limits.Memory)
	limits.Output = sandbox.Bytes(r.Limits.Output)
	c := &compiler{
		judge: j, problem: &problem.Problem{Format: problem.Legacy, Limits: limits, AllowFileWriting: true},
		files: submittedFiles(r.Files), entryPoint: r.EntryPoint,
	}
	var err error
	c.language, err = j.chooseLanguage(request{problem: c.problem, submission: api.Submission{Language: r.Language}, files: c.files})
	return c, err
}

// requestLimits are the limits of each run of a request.
func requestLimits(c *compiler, r api.RunRequest) runLimits {
	limits := limitsFor(c.problem, c.language, time.Duration(r.Limits.CPUUsec)*time.Microsecond, 1)
	limits.wall = time.Duration(r.Limits.WallUsec) * time.Microsecond
	return limits
}

// run takes the request through its stages. The encoded result has at most most bytes.
func (e *runExecution) run(ctx context.Context, most int) (api.RunResult, error) {
	request, j := e.request, e.compiler.judge
	r := api.RunResult{
		Version: api.Version, ID: request.ID, Worker: j.cfg.Worker, Runs: []api.Run{},
		Language: e.compiler.language.ID, Status: api.RunOK,
	}
	var program *compiledProgram
	var compiled artifact.Result
	err := j.slots.Hold(ctx, func() (err error) {
		program, compiled, err = e.compiler.compile(ctx)
		return err
	})
	if err != nil {
		return r, err
	}
	r.Compile, r.LanguageVersion = compiled.Report, e.compiler.version()
	if compiled.Failure != "" {
		r.Status, r.Reason = string(verdict.CompileError), compiled.Failure
		return r, nil
	}
	defer program.release()
	head, err := json.Marshal(r)
	if err != nil {
		return r, fmt.Errorf("encode result: %w", err)
	}
	budget := outputBudget{
		each: int(max(request.InlineBytes, 0)), streams: 2 * len(request.Inputs),
		left: max(most-len(head)-runOverhead*len(request.Inputs), 0),
	}
	for i, input := range request.Inputs {
		err := j.slots.Hold(ctx, func() error {
			run, err := e.runInput(ctx, program, input, &budget, strconv.Itoa(i+1))
			r.Runs = append(r.Runs, run)
			return err
		})
		if err != nil {
			return r, fmt.Errorf("run on input %d: %w", i+1, err)
		}
	}
	return r, nil
}

// runInput runs the program once.
func (e *runExecution) runInput(
	ctx context.Context, program *compiledProgram, input api.RunInput, budget *outputBudget, number string,
) (api.Run, error) {
	stdin, err := sandbox.MemFile("input", input.Bytes())
	if err != nil {
		return api.Run{}, err
	}
	defer stdin.Close()
	open := func() (*os.File, error) { return reopen(stdin) }
	facts, err := program.run(ctx, runInput{open: open, args: e.request.Args}, e.limits)
	if err != nil {
		return api.Run{}, err
	}
	d, err := classify(facts, e.limits, nil)
	if err != nil {
		return api.Run{}, err
	}
	run := runReport(facts, d)
	run.Name = input.Name
	if run.Name == "" {
		run.Name = number
	}
	for i, stream := range streams(facts) {
		to := []*api.RunOutput{&run.Stdout, &run.Stderr}[i]
		*to = budget.inline(stream.Data)
		if e.request.Keep && len(stream.Data) > 0 {
			kept := e.artifacts.keep(ctx, number, stream)
			to.Object = &kept
		}
	}
	return run, nil
}

// runReport is a test report without a checker's word.
func runReport(f runFacts, d decision) api.Run {
	t := newTestResult("", f, d, checker.Result{})
	run := api.Run{
		Status: string(t.Verdict), Reason: t.Reason, Flags: t.Flags,
		Usage:    api.Usage{CPUUsec: t.CPUUsec, WallUsec: t.WallUsec, PeakMemory: t.PeakMemory},
		ExitCode: t.ExitCode, Signal: t.Signal, Message: t.TeamMessage, OutputBytes: t.OutputBytes,
	}
	if run.Status == "" {
		run.Status = api.RunOK
	}
	return run
}
