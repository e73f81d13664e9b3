package judge

import (
	"context"
	"fmt"
	"os"
	"slices"

	"github.com/gaveloj/gavel/judge/checker"
	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/message"
	"github.com/gaveloj/gavel/message/verdict"
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
}

// openInput opens the input for the submission. It is opened for each run: a program may move the offset.
func (p pass) openInput() (*os.File, error) {
	if p.next != nil {
		return reopen(p.next)
	}
	return sandbox.OpenNameless(p.test.Input)
}

// openInputForAll opens the input for a validator. See openForAll.
func (p pass) openInputForAll() (*os.File, error) {
	if p.next != nil {
		return reopen(p.next)
	}
	return openForAll(p.test.Input)
}

// reopen opens a file once more, with an offset of its own.
func reopen(f *os.File) (*os.File, error) { return os.Open(fmt.Sprintf("/proc/self/fd/%d", f.Fd())) }

// closeNext closes the input of the next pass, if there is one.
func closeNext(checked checker.Result) error {
	if checked.NextPass == nil {
		return nil
	}
	return checked.NextPass.Close()
}

// runTest runs and checks test i, in as many passes as its validator asks for. The error is a fault.
func (s *session) runTest(ctx context.Context, i int) (*TestReport, error) {
	var reports []*TestReport
	p := pass{test: s.problem.Tests[i], number: 1}
	for {
		report, checked, err := s.runPass(ctx, p)
		if p.next != nil {
			_ = p.next.Close() // in memory
		}
		if err != nil {
			return nil, err
		}
		reports = append(reports, report)
		if checked.NextPass == nil || report.Verdict != verdict.Accepted || s.lastPass(p, report) {
			return s.joinPasses(reports), closeNext(checked)
		}
		p = pass{test: p.test, number: p.number + 1, next: checked.NextPass, feedback: checked.Feedback}
	}
}

func (s *session) runPass(ctx context.Context, p pass) (*TestReport, checker.Result, error) {
	if s.problem.Kind.Interactive {
		return s.runInteractive(ctx, p)
	}
	return s.runAlone(ctx, p)
}

// lastPass says whether no pass may follow. To ask for one all the same is the validator's fault.
func (s *session) lastPass(p pass, report *TestReport) bool {
	if p.number < s.problem.Limits.ValidationPasses {
		return false
	}
	report.Verdict, report.Reason = verdict.JudgeError, ""
	message := fmt.Sprintf("output validator asked for another pass after pass %d; the limit validation_passes of the package is %d",
		p.number, s.problem.Limits.ValidationPasses)
	report.JudgeMessage = joinText(message, report.JudgeMessage)
	return true
}

// joinPasses makes one report of those of the passes: the last one says how the test case ended, and of each measure
// the largest counts. The validator adds to its messages from pass to pass, so that the last ones are all.
func (s *session) joinPasses(reports []*TestReport) *TestReport {
	r := reports[len(reports)-1]
	if !s.problem.Kind.MultiPass {
		return r
	}
	joined := *r
	joined.Transcript = ""
	joined.Artifacts = nil
	for i, p := range reports {
		for _, a := range p.Artifacts {
			if p == r || a.Kind != message.ArtifactFeedback { // the validator's files pass from pass to pass
				joined.Artifacts = append(joined.Artifacts, a)
			}
		}
		joined.Passes = append(joined.Passes, PassReport{
			Usage:       Usage{CPUUsec: p.CPUUsec, WallUsec: p.WallUsec, PeakMemory: p.PeakMemory},
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
	joined.Transcript = shorten(joined.Transcript, maxTranscript)
	return &joined
}

// largest is the most of each measure; nil for none.
func largest(a, b *Usage) *Usage {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	return &Usage{
		CPUUsec: max(a.CPUUsec, b.CPUUsec), WallUsec: max(a.WallUsec, b.WallUsec), PeakMemory: max(a.PeakMemory, b.PeakMemory),
	}
}
