package judge

import (
	"context"
	"fmt"
	"os"
	"slices"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/checker"
	"github.com/gaveloj/gavel/judge/excerpt"
	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/testinputs"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/sandbox"
)

// pass is one run of the submission on a test case. In a multi-pass problem the validator may ask for another, on an
// input that it has written; each is a new process in an empty directory.
type pass struct {
	test   *problem.Test
	number int      // from 1
	next   *os.File // the input, where the validator has written it; nil in the first pass
	// feedback is what the validator left of the pass before.
	feedback []sandbox.File
	// openOutput is checker.Invocation.OpenOutput.
	openOutput func() (*os.File, error)
}

// openInput opens the input for the submission. It is opened for each run: a program may move the offset.
func (p pass) openInput(known *testinputs.Inputs) (*os.File, error) {
	if p.next != nil {
		return testinputs.Reopen(p.next)
	}
	return known.Open(p.test.Input)
}

// runInput is the run of a pass.
func (p pass) runInput(known *testinputs.Inputs) runInput {
	in := runInput{open: func() (*os.File, error) { return p.openInput(known) }, args: p.test.Args, files: p.test.Files}
	if answer, err := os.Stat(p.test.Answer); err == nil { // else the checker tells
		in.expected = sandbox.Bytes(answer.Size())
	}
	return in
}

// openInputToCopy opens the input for a validator, which gets a copy of it.
func (p pass) openInputToCopy() (*os.File, error) {
	if p.next != nil {
		return testinputs.Reopen(p.next)
	}
	return os.Open(p.test.Input)
}

// closeNext closes the input of the next pass, if there is one.
func closeNext(checked checker.Result) error {
	if checked.NextPass == nil {
		return nil
	}
	return checked.NextPass.Close()
}

// runTest runs and checks test i, in as many passes as its validator asks for. The error is a fault.
func (r *runner) runTest(ctx context.Context, i int) (*testResult, error) {
	var results []*testResult
	p := pass{test: r.problem.Tests[i], number: 1}
	for {
		result, checked, err := r.runPass(ctx, p)
		if p.next != nil {
			_ = p.next.Close() // in memory
		}
		if err != nil {
			return nil, err
		}
		results = append(results, result)
		if checked.NextPass == nil || result.Verdict != verdict.Accepted || r.lastPass(p, result) {
			return r.joinPasses(results), closeNext(checked)
		}
		p = pass{test: p.test, number: p.number + 1, next: checked.NextPass, feedback: checked.Feedback}
	}
}

func (r *runner) runPass(ctx context.Context, p pass) (*testResult, checker.Result, error) {
	if r.problem.Kind.Interactive {
		return r.runInteractive(ctx, p)
	}
	return r.runAlone(ctx, p)
}

// lastPass reports whether no pass may follow. To ask for one all the same is the validator's fault.
func (r *runner) lastPass(p pass, result *testResult) bool {
	if p.number < r.problem.Limits.ValidationPasses {
		return false
	}
	result.Verdict, result.Reason = verdict.JudgeError, ""
	message := fmt.Sprintf("output validator asked for another pass after pass %d; the limit validation_passes of the package is %d",
		p.number, r.problem.Limits.ValidationPasses)
	result.JudgeMessage = joinText(message, result.JudgeMessage)
	return true
}

// joinPasses makes one result of those of the passes: the last one says how the test case ended, and of each measure
// the largest counts. The validator adds to its messages from pass to pass, so that the last ones are all.
func (r *runner) joinPasses(results []*testResult) *testResult {
	last := results[len(results)-1]
	if !r.problem.Kind.MultiPass {
		return last
	}
	joined := *last
	joined.Transcript = ""
	joined.Artifacts = nil
	for i, p := range results {
		for _, a := range p.Artifacts {
			if p == last || a.Kind != api.ArtifactFeedback { // the validator's files pass from pass to pass
				joined.Artifacts = append(joined.Artifacts, a)
			}
		}
		joined.Passes = append(joined.Passes, api.PassReport{
			Usage:       api.Usage{CPUUsec: p.CPUUsec, WallUsec: p.WallUsec, PeakMemory: p.PeakMemory},
			OutputBytes: p.OutputBytes, ExitCode: p.ExitCode,
		})
		joined.CPUUsec, joined.WallUsec = max(joined.CPUUsec, p.CPUUsec), max(joined.WallUsec, p.WallUsec)
		joined.PeakMemory, joined.OutputBytes = max(joined.PeakMemory, p.PeakMemory), max(joined.OutputBytes, p.OutputBytes)
		joined.Checker = largest(joined.Checker, p.Checker)
		for _, flag := range p.Flags {
			if !slices.Contains(joined.Flags, flag) {
				joined.Flags = append(slices.Clone(joined.Flags), flag)
			}
		}
		if p.Transcript != "" {
			joined.Transcript += fmt.Sprintf("pass %d\n%s", i+1, p.Transcript)
		}
	}
	joined.Transcript = excerpt.Shorten(joined.Transcript, excerpt.MaxTranscript)
	return &joined
}

// largest is the most of each measure; nil for none.
func largest(a, b *api.Usage) *api.Usage {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	return &api.Usage{
		CPUUsec: max(a.CPUUsec, b.CPUUsec), WallUsec: max(a.WallUsec, b.WallUsec), PeakMemory: max(a.PeakMemory, b.PeakMemory),
	}
}

// joinText puts one message below another.
func joinText(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "\n" + b
}
