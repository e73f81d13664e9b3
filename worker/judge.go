package main

import (
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
	"github.com/gaveloj/gavel/worker/artifacts"
	"github.com/gaveloj/gavel/worker/exit"
	"github.com/gaveloj/gavel/worker/judgement"
	"github.com/gaveloj/gavel/worker/judging"
	"github.com/gaveloj/gavel/worker/packages"
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
	path, err := packages.Find(c.Problem, c.Problems)
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
	p, err := packages.Load(path, c.ReadWith(state.Temp))
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
		n, err := artifacts.Write(c.Artifacts, report, artifacts.Embedded, out.Note)
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
	report, err := w.Judge().JudgeProblem(ctx, p, submission, judgement.ShowStages(out, ""))
	if err != nil {
		return err
	}
	err = c.show(out, report)
	w.Settle(ctx, out)
	return err
}

// print prints the judgement. Nothing is expected of a submission by itself, so what it must get is AC.
func (c judgeCmd) print(out *terminal.Output, r api.Report) error {
	j := judgement.New(baseNames(c.Files), judgement.Acceptance(), r)
	if err := j.PrintAlone(out); err != nil {
		return err
	}
	return j.Err()
}

// baseNames are the names of files without their directories, for people.
func baseNames(paths []string) string {
	names := make([]string, len(paths))
	for i, path := range paths {
		names[i] = filepath.Base(path)
	}
	return strings.Join(names, " ")
}
