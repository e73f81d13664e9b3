package judge

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/artifact"
	"github.com/gaveloj/gavel/judge/checker"
	"github.com/gaveloj/gavel/judge/classify"
	"github.com/gaveloj/gavel/judge/excerpt"
	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/testinputs"
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
	comparer, err := newRequestComparer(request)
	if err != nil {
		return r, err
	}
	c, err := j.newRequestCompiler(request)
	if err != nil {
		return r, err
	}
	e := runExecution{
		request: request, compiler: c, comparer: comparer, limits: requestLimits(c, request),
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
	comparer  checker.Comparer
	limits    classify.Limits
	artifacts artifactSink
}

// newRequestComparer compares outputs with what is expected of them.
func newRequestComparer(r api.RunRequest) (checker.Comparer, error) {
	words := strings.Fields(cmp.Or(strings.TrimSpace(r.Compare), api.DefaultCompare))
	c, err := checker.ParseComparer(words[0], words[1:])
	if err != nil {
		return nil, api.Refuse(verdict.ClassProblem, fmt.Errorf("field compare: %w", err))
	}
	return c, nil
}

// newRequestCompiler compiles for a run request, by the rules of a problem that allows everything.
func (j *Judge) newRequestCompiler(r api.RunRequest) (*compiler, error) {
	limits := problem.DefaultLimits(problem.Legacy)
	limits.Memory = sandbox.Bytes(r.Limits.Memory)
	limits.Output = sandbox.Bytes(r.Limits.Output)
	c := &compiler{
		judge: j, problem: &problem.Problem{Format: problem.Legacy, Limits: limits, AllowFileWriting: true},
		files: submittedFiles(r.Files), entryPoint: r.EntryPoint, keepsFiles: true,
	}
	var err error
	c.language, err = j.chooseLanguage(request{problem: c.problem, submission: api.Submission{Language: r.Language}, files: c.files})
	return c, err
}

// requestLimits are the limits of each run of a request.
func requestLimits(c *compiler, r api.RunRequest) classify.Limits {
	limits := limitsFor(c.problem, c.language, time.Duration(r.Limits.CPUUsec)*time.Microsecond, 1)
	limits.Wall = time.Duration(r.Limits.WallUsec) * time.Microsecond
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
	budget := excerpt.Budget{
		Each: int(max(request.InlineBytes, 0)), Streams: (2 + len(request.Collect)) * len(request.Inputs),
		Left: max(most-len(head)-e.overhead()*len(request.Inputs), 0),
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

// overhead is what a run takes of an encoded result beside its outputs and the contents of its files, in bytes, at most.
func (e *runExecution) overhead() int {
	const worst = 6 // bytes that JSON makes of one
	size := runOverhead
	for _, name := range e.request.Collect {
		size += worst*len(name) + runOverhead/2
	}
	return size
}

// runInput runs the program once.
func (e *runExecution) runInput(
	ctx context.Context, program *compiledProgram, input api.RunInput, budget *excerpt.Budget, number string,
) (api.Run, error) {
	stdin, err := sandbox.MemFile("input", input.Bytes())
	if err != nil {
		return api.Run{}, err
	}
	defer stdin.Close()
	var left []leftFile
	facts, err := program.run(ctx, runInput{
		open: func() (*os.File, error) { return testinputs.Reopen(stdin) }, args: e.request.Args, env: e.environment(),
		after: func(ctx context.Context, sb *sandbox.Sandbox) (err error) {
			left, err = e.collect(ctx, sb)
			return err
		},
	}, e.limits)
	if err != nil {
		return api.Run{}, err
	}
	run, err := e.classify(facts, input.Expect)
	if err != nil {
		return api.Run{}, err
	}
	run.Name = cmp.Or(input.Name, number)
	for i, stream := range streams(facts) {
		to := []*api.RunOutput{&run.Stdout, &run.Stderr}[i]
		*to = e.output(ctx, budget, number, stream)
	}
	for _, f := range left {
		file := api.RunFile{Name: f.Name, Missing: f.missing}
		file.RunOutput = e.output(ctx, budget, number, f.Artifact)
		file.Bytes, file.Truncated = f.size, file.Truncated || f.Truncated
		run.Files = append(run.Files, file)
	}
	return run, nil
}

// environment is what the request adds to that of the language.
func (e *runExecution) environment() []string {
	var env []string
	for _, name := range slices.Sorted(maps.Keys(e.request.Env)) {
		env = append(env, name+"="+e.request.Env[name])
	}
	return env
}

// output is a stream or a file as it comes with the result.
func (e *runExecution) output(ctx context.Context, budget *excerpt.Budget, number string, a api.Artifact) api.RunOutput {
	o := budget.Inline(a.Data)
	if e.request.Keep && len(a.Data) > 0 {
		kept := e.artifacts.keep(ctx, number, a)
		o.Object = &kept
	}
	return o
}

// classify is the report of a run, whose output is compared with what is expected, if anything is.
func (e *runExecution) classify(facts classify.Facts, expected *api.RunExpected) (api.Run, error) {
	d, err := classify.Run(facts, e.limits, nil)
	if err != nil || expected == nil || d.Verdict != "" {
		return runReport(facts, d), err
	}
	checked := e.comparer.Compare(facts.Stdout, expected.Bytes())
	if d, err = d.WithChecker(checked); err != nil {
		return api.Run{}, err
	}
	run := runReport(facts, d)
	if run.Status != api.RunOK {
		run.Message = checked.JudgeMessage
	}
	return run, nil
}

// leftFile is a file that a run left, or did not leave.
type leftFile struct {
	api.Artifact
	missing string
	size    int64
}

// collect reads the files that the request asks for, of each as much as a run may write.
func (e *runExecution) collect(ctx context.Context, sb *sandbox.Sandbox) ([]leftFile, error) {
	var left []leftFile
	for _, name := range e.request.Collect {
		f := leftFile{Artifact: api.Artifact{Kind: api.ArtifactOutput, Name: name}}
		opened, err := sb.Open(ctx, name)
		switch {
		case errors.Is(err, sandbox.ErrLost) || err != nil && ctx.Err() != nil:
			return nil, err
		case errors.Is(err, fs.ErrNotExist):
			f.missing = "there is no such file"
		case err != nil:
			f.missing = "no file that can be read: " + errorText(err)
		default:
			err := f.read(opened, e.request.Limits.Output)
			if err := errors.Join(err, opened.Close()); err != nil {
				return nil, err
			}
		}
		left = append(left, f)
	}
	return left, nil
}

// errorText is an error of the container without the path, which is the container's own.
func errorText(err error) string {
	var errno unix.Errno
	if errors.As(err, &errno) {
		return errno.Error()
	}
	return "unknown"
}

func (f *leftFile) read(from *os.File, most int64) error {
	info, err := from.Stat()
	if err != nil {
		return err
	}
	f.size = info.Size()
	f.Data, err = io.ReadAll(io.LimitReader(from, most))
	f.Truncated = int64(len(f.Data)) < f.size
	return err
}

// runReport is a test report without a checker's word.
func runReport(f classify.Facts, d classify.Decision) api.Run {
	t := newTestResult("", f, d, checker.Result{})
	run := api.Run{
		Status: string(t.Verdict), Reason: t.Reason, Flags: t.Flags,
		Usage:    api.Usage{CPUUsec: t.CPUUsec, WallUsec: t.WallUsec, PeakMemory: t.PeakMemory},
		ExitCode: t.ExitCode, Signal: t.Signal, Message: t.TeamMessage, OutputBytes: t.OutputBytes,
	}
	if run.Status == "" || run.Status == string(verdict.Accepted) {
		run.Status = api.RunOK
	}
	return run
}
