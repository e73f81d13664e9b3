package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gaveloj/gavel/judge"
	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/message"
	"github.com/gaveloj/gavel/message/verdict"
)

// judgeCmd judges one submission without a queue.
type judgeCmd struct {
	stateSettings
	judgeSettings

	Problem   string   `help:"Problem package: a directory, .zip or .kpp."                                          placeholder:"PACKAGE" required:""`
	Language  string   `help:"Language of the submission; by default what the file names tell."                     placeholder:"ID"`
	Entry     string   `help:"File or class to start, where there are several."                                     name:"entry-point" placeholder:"NAME"`
	TimeLimit span     `help:"CPU time for each test in place of the package's; seconds, or with a unit."           placeholder:"SECONDS"`
	AllTests  bool     `help:"Run the tests that come after the verdict is certain, too."`
	Artifacts string   `help:"Write outputs, the compile log, transcripts, and what validators and visualizers leave for people into DIRECTORY."                   placeholder:"DIRECTORY"`
	Files     []string `arg:""                                                                                      help:"Source files of the submission." name:"file"`
}

func (c judgeCmd) Run(ctx context.Context, out *output) (err error) {
	files, err := readSources(c.Files)
	if err != nil {
		return err
	}
	submission := message.Submission{
		Version: 1, ID: "local", Attempt: 1,
		Language: c.Language, EntryPoint: c.Entry, Files: files,
		TimeLimitUsec: c.TimeLimit.duration().Microseconds(), AllTests: c.AllTests,
	}
	if c.Artifacts != "" {
		submission.Keep = message.ArtifactKinds()
	}
	held, err := openState(c.stateSettings)
	if err != nil {
		return err
	}
	defer held.close()
	p, err := loadPackage(c.Problem, c.packageSettings)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	submission.Problem = p.Name
	if err := judge.ValidateSubmission(submission); err != nil {
		return err
	}
	report, err := c.judge(ctx, out, held, p, submission)
	if err != nil {
		return err
	}
	if c.Artifacts != "" {
		n, err := writeArtifacts(c.Artifacts, report, inReport, out.remark)
		if err != nil {
			return err
		}
		out.remarkf("%d artifacts in %s", n, c.Artifacts)
	}
	return c.print(out, report)
}

// judge opens a workbench for the one submission.
func (c judgeCmd) judge(ctx context.Context, out *output, held *state, p *problem.Problem, submission message.Submission) (report message.Report, err error) {
	out.progressf("preparing languages and containers")
	defer out.done()
	w, err := openWorkbench(ctx, workbenchConfig{judgeSettings: c.judgeSettings, stateDir: held.dir, worker: workerName(""), remark: out.remark})
	if err != nil {
		return report, err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	if submission.TimeLimitUsec == 0 && p.Limits.TimeSource == problem.TimeComputed {
		out.progressf("the package states no time limit: measuring its accepted submissions")
		limit, err := w.judge.TimeLimit(ctx, p)
		if err != nil {
			return report, err
		}
		submission.TimeLimitUsec = limit.Microseconds()
	}
	return w.judge.JudgeProblem(ctx, p, submission, func(ev message.Event) { out.progressf("%s", stageText(ev)) })
}

// stageText is the progress of one submission for people.
func stageText(ev message.Event) string {
	switch {
	case ev.Stage == message.StageTest:
		return fmt.Sprintf("test %d of %d", ev.Test, ev.Tests)
	case ev.Reason != "":
		return string(ev.Stage) + ": " + ev.Reason
	}
	return string(ev.Stage)
}

// print prints the judgement. Nothing is expected of a submission by itself, so what it must get is AC.
func (c judgeCmd) print(out *output, r message.Report) error {
	names := make([]string, len(c.Files))
	for i, path := range c.Files {
		names[i] = filepath.Base(path)
	}
	accepted := problem.Expectation{Final: []verdict.Code{verdict.Accepted}}
	j := newJudgement(strings.Join(names, " "), accepted.Codes(), accepted.Check(judge.Judged(&r)), r)
	if !out.json {
		printReport(out, r)
	}
	if err := j.printAlone(out); err != nil {
		return err
	}
	if !j.OK {
		return errNotOK
	}
	return nil
}

// printReport prints the tests and what the compiler and the checker said.
func printReport(out *output, r message.Report) {
	if r.Verdict == verdict.CompileError {
		out.remarkf("%s", strings.TrimRight(r.Compile.Log, "\n"))
	}
	if r.CancelReason != "" {
		out.remarkf("canceled: %s", r.CancelReason)
	}
	rows := make([][]string, len(r.Tests))
	for i, t := range r.Tests {
		rows[i] = []string{
			t.Name, string(t.Verdict), string(t.Reason), seconds(t.CPUUsec), mebibytes(t.PeakMemory), firstLine(t.JudgeMessage),
		}
		if r.Score != nil {
			rows[i] = slices.Insert(rows[i], 2, optionalScore(t.Score, nil))
		}
	}
	out.table(rows)
	groups := make([][]string, len(r.Groups))
	for i, g := range r.Groups {
		groups[i] = []string{"group " + cmp.Or(g.Name, "of all"), string(g.Verdict), optionalScore(g.Score, g.MaxScore)}
	}
	out.table(groups)
}

func optionalScore(score, most *float64) string {
	if score == nil {
		return ""
	}
	return scoreText(*score, most)
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}
