package judge

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/gaveloj/gavel/judge/checker"
	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/message"
	"github.com/gaveloj/gavel/message/verdict"
	"github.com/gaveloj/gavel/sandbox"
)

// runRoom is what one run takes of an encoded result beside its outputs, in bytes, at most.
const runRoom = 3 << 10

// Run compiles the files of a request once and runs the program on each of its inputs, one after the other, in containers
// without any test data. Of the outputs so much comes inline that the encoded result has at most most bytes; each may
// take its share of what the ones before it left. path is where whole outputs are kept.
//
// An error is a fault, or it matches ErrRejected and is final; when ctx ends it is ctx's cause.
func (j *Judge) Run(ctx context.Context, request message.RunRequest, path string, most int) (r message.RunResult, err error) {
	if err := message.ValidateRun(request); err != nil {
		return r, err
	}
	if err := errors.Join(checkFiles(request.Files)...); err != nil { // they are here, and not in a store
		return r, reject(verdict.ClassProblem, err)
	}
	request = request.WithDefaults()
	if request.Keep && j.cfg.Keeper == nil {
		return r, reject(verdict.ClassProblem, errors.New("field keep: there is no object store here"))
	}
	s, err := j.newRun(request)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	s.kept.begin(j.cfg.Keeper, request.ID, path, maxRunKept)
	r, err = s.runAll(ctx, request, most)
	if ctx.Err() != nil {
		return message.RunResult{}, context.Cause(ctx)
	}
	return r, err
}

// newRun is a session in which the request takes the place of a problem.
func (j *Judge) newRun(r message.RunRequest) (*session, error) {
	limits := problem.DefaultLimits(problem.Legacy)
	limits.Time, limits.Memory = time.Duration(r.Limits.CPUUsec)*time.Microsecond, sandbox.Bytes(r.Limits.Memory)
	limits.Output = sandbox.Bytes(r.Limits.Output)
	p := &problem.Problem{Format: problem.Legacy, Limits: limits, AllowFileWriting: true}
	sub := Submission{ID: r.ID, Language: r.Language, EntryPoint: r.EntryPoint, Files: r.Files}
	files := submittedFiles(sub)
	l, err := j.chooseLanguage(p, sub, files)
	if err != nil {
		return nil, err
	}
	s := &session{judge: j, problem: p, sub: sub, files: files, language: l, limits: limitsFor(p, l, sub)}
	s.limits.wall = time.Duration(r.Limits.WallUsec) * time.Microsecond
	s.beside = sync.OnceValues(s.besideProgram)
	return s, nil
}

// runAll takes the request through its stages.
func (s *session) runAll(ctx context.Context, request message.RunRequest, most int) (message.RunResult, error) {
	r := message.RunResult{
		Version: message.Version, ID: request.ID, Worker: s.judge.cfg.Worker, Runs: []message.Run{},
		Language: s.language.ID, LanguageVersion: s.judge.cfg.Languages.Version(s.language), Status: message.RunOK,
	}
	failure, log, err := s.build(ctx)
	if err != nil {
		return r, err
	}
	r.Compile = s.report.Compile
	if failure != "" {
		r.Status, r.Reason, r.Compile.Log = string(verdict.CompileError), failure, log
		return r, nil
	}
	head, err := json.Marshal(r)
	if err != nil {
		return r, fmt.Errorf("encode result: %w", err)
	}
	room := inlineRoom{
		each: int(max(request.InlineBytes, 0)), streams: 2 * len(request.Inputs),
		left: max(most-len(head)-runRoom*len(request.Inputs), 0),
	}
	for i, input := range request.Inputs {
		run, err := s.runInput(ctx, input, request, &room, strconv.Itoa(i+1))
		if err != nil {
			return r, fmt.Errorf("run on input %d: %w", i+1, err)
		}
		r.Runs = append(r.Runs, run)
	}
	return r, nil
}

// runInput runs the program once.
func (s *session) runInput(
	ctx context.Context, input message.RunInput, request message.RunRequest, room *inlineRoom, number string,
) (message.Run, error) {
	stdin, err := sandbox.MemFile("input", input.Bytes())
	if err != nil {
		return message.Run{}, err
	}
	defer stdin.Close()
	facts, err := s.runProgram(ctx, pass{test: &problem.Test{Args: request.Args}, next: stdin})
	if err != nil {
		return message.Run{}, err
	}
	d, err := classify(facts, s.limits, nil)
	if err != nil {
		return message.Run{}, err
	}
	run := runReport(facts, d)
	run.Name = input.Name
	if run.Name == "" {
		run.Name = number
	}
	for i, stream := range streams(facts) {
		to := []*message.RunOutput{&run.Stdout, &run.Stderr}[i]
		*to = room.inline(stream.Data)
		if request.Keep && len(stream.Data) > 0 {
			kept := s.kept.keep(ctx, number, stream)
			to.Object = &kept
		}
	}
	return run, nil
}

// runReport is a test report without a checker's word.
func runReport(f runFacts, d decision) message.Run {
	t := testReport("", f, d, checker.Result{})
	run := message.Run{
		Status: string(t.Verdict), Reason: t.Reason, Flags: t.Flags,
		Usage:    Usage{CPUUsec: t.CPUUsec, WallUsec: t.WallUsec, PeakMemory: t.PeakMemory},
		ExitCode: t.ExitCode, Signal: t.Signal, OutputBytes: t.OutputBytes,
	}
	if run.Status == "" {
		run.Status = message.RunOK
	}
	return run
}
