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
	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/language"
	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/worker/exit"
	"github.com/gaveloj/gavel/worker/judging"
	"github.com/gaveloj/gavel/worker/settings"
	"github.com/gaveloj/gavel/worker/state"
	"github.com/gaveloj/gavel/worker/terminal"
)

// judgeCmd judges one submission without a queue.
type judgeCmd struct {
	settings.State
	settings.Judging

	Problem   string        `help:"Problem package: a directory, .zip or .kpp. A name without a slash that is no file here is looked for in the directory of --problems, as the workers do."                                          placeholder:"PACKAGE" required:""`
	Problems  string        `default:"${problems}" env:"GAVEL_PROBLEMS" help:"Directory whose entries are problem packages." placeholder:"DIR"`
	Language  string        `help:"Language of the submission; by default what the file names tell."                     placeholder:"ID"`
	Entry     string        `help:"File or class to start, where there are several."                                     name:"entry-point" placeholder:"NAME"`
	TimeLimit settings.Span `help:"CPU time for each test in place of the package's; seconds, or with a unit."           placeholder:"TIME"`
	AllTests  bool          `help:"Run the tests that come after the verdict is certain, too."`
	Artifacts string        `help:"Write outputs, the compile log, transcripts, and what validators and visualizers leave for people into DIR."                   placeholder:"DIR"`
	Files     []string      `arg:""                                                                                      help:"Source files of the submission, directories, or archives (.zip, .tar, .tar.gz) of them." name:"file"`
}

func (c judgeCmd) Run(ctx context.Context, config settings.ConfigPath, out *terminal.Output) (err error) {
	files, err := readSources(c.Languages, c.Files)
	if err != nil {
		return err
	}
	submission := api.Submission{
		Version: 1, ID: "local", Attempt: 1,
		Language: c.Language, EntryPoint: c.Entry, Files: files,
		TimeLimitUsec: c.TimeLimit.Duration().Microseconds(), AllTests: c.AllTests,
	}
	if c.Artifacts != "" {
		submission.Keep = api.ArtifactKinds()
	}
	path, err := findPackage(c.Problem, c.Problems)
	if err != nil {
		return err
	}
	if err := c.refuseExposed(config, path); err != nil {
		return err
	}
	state, err := state.Open(c.State)
	if err != nil {
		return err
	}
	defer state.Close()
	p, err := loadPackage(path, c.ReadWith(state.Temp))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	submission.Problem = p.Name
	if err := judge.ValidateSubmission(submission); err != nil {
		return err
	}
	if c.Entry == "" {
		table, err := language.Load(c.Languages)
		if err != nil {
			return exit.Usage(fmt.Errorf("read language table: %w", err))
		}
		submission.EntryPoint = chooseProgram(out, table, c.Language, files)
	}
	return c.judge(ctx, out, state, p, submission)
}

// refuseExposed refuses what the submission could read of what it is judged by, and of the rest that the command is given.
func (c judgeCmd) refuseExposed(config settings.ConfigPath, problem string) error {
	state, err := c.State.Private()
	if err != nil {
		return err
	}
	return settings.RefuseExposed(slices.Concat([]settings.Private{settings.PrivatePackage(problem)}, config.Private(), state, settings.PrivateProblems(c.Problems))...)
}

// show tells what came of the submission.
func (c judgeCmd) show(out *terminal.Output, report api.Report) error {
	out.Done()
	if c.Artifacts != "" {
		n, err := writeArtifacts(c.Artifacts, report, embeddedArtifact, out.Note)
		if err != nil {
			return err
		}
		out.Notef("%s in %s", terminal.Plural(n, "artifact"), c.Artifacts)
	}
	return c.print(out, report)
}

// judge opens a runtime for the one submission.
func (c judgeCmd) judge(ctx context.Context, out *terminal.Output, state *state.Dir, p *problem.Problem, submission api.Submission) (err error) {
	out.Progressf("making containers")
	defer out.Done()
	w, err := judging.Open(ctx, judging.Config{Judging: c.Judging, State: state, Worker: judging.WorkerName(""), OnCacheError: func(err error) { out.Notef("%v", err) }})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	if submission.TimeLimitUsec == 0 && p.Limits.TimeSource == problem.TimeComputed {
		out.Progressf("the package states no time limit: measuring its accepted submissions")
	}
	report, err := w.Judge().JudgeProblem(ctx, p, submission, showStages(out, ""))
	if err != nil {
		return err
	}
	err = c.show(out, report)
	w.Settle(ctx, out)
	return err
}

// showStages shows the progress of one submission: a bar once its tests run. The text comes before what it does.
func showStages(out *terminal.Output, text string) func(api.Event) {
	var bar *terminal.Bar // the events of a submission come one after the other
	return func(ev api.Event) {
		if ev.Stage != api.StageTest {
			out.Progressf("%s%s", text, stageText(ev))
			return
		}
		if bar == nil {
			bar = out.Bar(ev.Tests, "tests")
		}
		bar.Set(ev.Test, "%s%s", text, stageText(ev))
	}
}

// stageText is the progress of one submission for people.
func stageText(ev api.Event) string {
	switch {
	case ev.Stage == api.StageTest:
		return fmt.Sprintf("test %d of %d", ev.Test, ev.Tests)
	case ev.Reason != "":
		return string(ev.Stage) + ": " + ev.Reason
	}
	return string(ev.Stage)
}

// print prints the judgement. Nothing is expected of a submission by itself, so what it must get is AC.
func (c judgeCmd) print(out *terminal.Output, r api.Report) error {
	j := newJudgement(baseNames(c.Files), acceptance(), r)
	if err := j.printAlone(out); err != nil {
		return err
	}
	return j.err()
}

// baseNames are the names of files without their directories, for people.
func baseNames(paths []string) string {
	names := make([]string, len(paths))
	for i, path := range paths {
		names[i] = filepath.Base(path)
	}
	return strings.Join(names, " ")
}

// printReport prints the tests and what the compiler and the checker said.
func printReport(out *terminal.Output, r api.Report) {
	// The compiler's words tell of what was compiled and fails as well: a warning, or why nothing can be started.
	if r.Verdict == verdict.CompileError || r.Verdict == verdict.RunTimeError {
		out.Note(terminal.PrintableLines(strings.TrimRight(r.Compile.Log, "\n")))
	}
	if r.CancelReason != "" {
		out.Notef("canceled: %s", r.CancelReason)
	}
	rows := make([][]string, len(r.Tests))
	for i, t := range r.Tests {
		rows[i] = []string{
			t.Name, string(t.Verdict), string(t.Reason), about(r, terminal.Seconds(t.CPUUsec)), terminal.Mebibytes(t.PeakMemory), terminal.SingleLine(firstLine(t.JudgeMessage)),
		}
		if r.Score != nil {
			rows[i] = slices.Insert(rows[i], 2, optionalScore(t.Score, nil))
		}
	}
	out.Table(rows)
	groups := make([][]string, len(r.Groups))
	for i, g := range r.Groups {
		groups[i] = []string{"group " + cmp.Or(g.Name, "of all"), string(g.Verdict), optionalScore(g.Score, g.MaxScore)}
	}
	out.Table(groups)
	if approximate(r) {
		out.Note(approximateNote)
	}
	for _, what := range r.Omitted {
		out.Notef("too large for the queue, and left out: %s", what)
	}
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
