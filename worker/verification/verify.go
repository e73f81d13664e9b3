// Package verification judges the example submissions of packages against what they must get, and asks the packages about their
// data: gavel verify, with its matrix, its page and the computation of a time limit. The rules are those of judge/verify.
package verification

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/language"
	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/problem/issue"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/judge/verify"
	"github.com/gaveloj/gavel/worker/exit"
	"github.com/gaveloj/gavel/worker/judgement"
	"github.com/gaveloj/gavel/worker/judging"
	"github.com/gaveloj/gavel/worker/packages"
	"github.com/gaveloj/gavel/worker/settings"
	"github.com/gaveloj/gavel/worker/state"
	"github.com/gaveloj/gavel/worker/terminal"
	"github.com/gaveloj/gavel/worker/version"
)

// Command judges the example submissions of packages.
type Command struct {
	settings.State
	settings.Judging

	TimeLimit    settings.Span `help:"CPU time for each test in place of the package's; seconds, or with a unit." placeholder:"TIME"`
	SetTimeLimit bool          `help:"Compute the time limit from the example submissions, print how it follows, and judge by it, also where the package states one."`
	Matrix       bool          `help:"Print a matrix of submissions by tests for each package too, with the slowest test of each submission."`
	Data         bool          `help:"Also ask the package's own validators about its inputs and answers, about broken ones, and about their tests, and list the tests that decide nothing."`
	Tests        string        `help:"Judge by these tests alone: a name, a directory, or a pattern with * and {a,b}." placeholder:"PATTERN"`
	Only         []string      `help:"Parts to verify: data (by the validators), submissions, statement. What concerns the whole package is always told." enum:"data,submissions,statement" placeholder:"PART"`
	Werror       bool          `help:"Take warnings for errors: exit with 1 where there is one."`
	FailFast     bool          `help:"Stop at the first submission that is not as it must be, or the first broken package."`
	Report       string        `help:"Write one self-contained page with the matrix, the times and all messages." placeholder:"FILE.html"`
	Packages     []string      `arg:"" help:"Problem packages: directories, .zip or .kpp; behind each, the submissions of it that are meant: paths, directories or patterns." name:"package"`
}

// Help returns the examples; kong prints them.
func (Command) Help() string {
	return terminal.Examples(`
		gavel verify testcases/sum
		gavel verify --matrix --data --report report.html testcases/*
		gavel verify testcases/sum wrong_answer --tests 'secret/*' --fail-fast
		gavel verify --only data,statement --werror testcases/sum
		gavel verify --set-time-limit testcases/sum`)
}

func (c Command) Run(ctx context.Context, config settings.ConfigPath, out *terminal.Output) error {
	if c.SetTimeLimit && c.TimeLimit != 0 {
		return exit.Usage(errors.New("--time-limit and --set-time-limit: give one of the two"))
	}
	if err := c.checkParts(); err != nil {
		return err
	}
	if c.Report != "" {
		dir := filepath.Dir(c.Report)
		if err := unix.Access(dir, unix.W_OK|unix.X_OK); err != nil { // before everything is judged, not after
			return exit.Usage(fmt.Errorf("--report %s: directory %s: %w", c.Report, dir, err))
		}
	}
	private, err := c.State.Private()
	if err != nil {
		return err
	}
	if err := settings.RefuseExposed(append(private, config.Private()...)...); err != nil {
		return err
	}
	state, err := state.Open(c.State)
	if err != nil {
		return err
	}
	defer state.Close()
	v := verifier{Command: c, out: out, state: state, languages: map[string]bool{}}
	defer out.Done()
	return errors.Join(v.all(ctx), v.close())
}

// verifier goes through packages. It makes containers once there is a package to judge.
type verifier struct {
	Command
	out     *terminal.Output
	state   *state.Dir
	runtime *judging.Runtime
	found   judgement.Tally
	page    report
	// languages are the IDs of those that examples were judged in.
	languages map[string]bool
}

func (v *verifier) close() error {
	if v.runtime == nil {
		return nil
	}
	return v.runtime.Close()
}

// all verifies every package, also after a broken one. Whatever ends it, the summary and the page show what was judged.
func (v *verifier) all(ctx context.Context) error {
	unfinished := v.packages(ctx)
	v.noteMissedLanguages()
	if len(v.page.Packages) > 0 {
		v.out.Note(v.summary())
	}
	if v.Report != "" {
		v.page.Version, v.page.Made = "gavel "+version.Read().Version, time.Now()
		if err := v.page.write(v.Report); err != nil {
			return errors.Join(unfinished, err)
		}
	}
	if unfinished != nil {
		return unfinished
	}
	if v.Werror && v.found.Warned > 0 {
		return exit.ErrNotOK
	}
	return v.found.Err("package could be used whole")
}

// summary counts what was looked at: submissions, or packages where none of their submissions were to be judged.
func (v *verifier) summary() string {
	if v.wants(partSubmissions) {
		return v.found.Summary(terminal.Plural(v.found.Judged, "submission"))
	}
	return v.found.Summary(terminal.Plural(len(v.page.Packages), "package"))
}

// noteMissedLanguages tells which languages were judged by another implementation than limits are usually made for.
func (v *verifier) noteMissedLanguages() {
	for _, id := range slices.Sorted(maps.Keys(v.languages)) {
		if missed := v.runtime.Languages().Missed(id); missed != nil {
			v.out.Notef("note: %s ran what the packages have in %s; time limits are usually made for %s, which package %s installs",
				id, missed.Code, missed.Name, missed.Package)
		}
	}
}

// packages verifies one package after the other. The error is one that ends the command.
func (v *verifier) packages(ctx context.Context) error {
	for _, target := range targetsOf(v.out, v.Packages) {
		err := v.load(ctx, target)
		if err != nil && (exit.CodeOf(err) != exit.BadRequest || ctx.Err() != nil) {
			return err
		}
		if err != nil {
			v.found.Reject(v.out, err)
		}
		if v.FailFast && (v.found.NotOK > 0 || v.found.Broken != nil) {
			v.out.Notef("stopped by --fail-fast")
			return nil
		}
	}
	return nil
}

func (v *verifier) load(ctx context.Context, target verifyTarget) (err error) {
	path := target.path
	if err := settings.RefuseExposed(settings.PrivatePackage(path)); err != nil {
		return err
	}
	options := v.ReadWith(v.state.Temp)
	options.Verify = true
	p, err := packages.Load(path, options)
	if err != nil {
		v.warnOfUnread(err)
		return err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	if err := v.keepTests(p); err != nil {
		return err
	}
	only, err := target.chooseSubmissions(p)
	if err != nil {
		return err
	}
	if v.wants(partSubmissions) || v.wants(partData) {
		if err := v.open(ctx); err != nil {
			return err
		}
	}
	shown := &packageReport{Problem: p}
	v.page.Packages = append(v.page.Packages, shown)
	if err := v.verify(ctx, p, only, shown); err != nil {
		shown.Broken = err.Error()
		if ctx.Err() != nil {
			shown.Broken = "interrupted: what follows was judged before"
		}
		return fmt.Errorf("verify %s: %w", path, err)
	}
	return nil
}

func (v *verifier) open(ctx context.Context) (err error) {
	if v.runtime != nil {
		return nil
	}
	v.out.Progressf("making containers")
	v.runtime, err = judging.Open(ctx, judging.Config{
		Judging: v.Judging, State: v.state, Worker: judging.WorkerName(""),
		OnCacheError: func(err error) { v.out.Notef("%v", err) },
	})
	if err != nil {
		return err
	}
	v.runtime.Prepare(language.UsedCaches)
	return nil
}

// verify holds one package to its word, as far as it can be read.
func (v *verifier) verify(ctx context.Context, p *problem.Problem, only func(problem.Submission) bool, shown *packageReport) error {
	v.warn(p.Name, shown, p.Warnings)
	if p.Defects != nil {
		shown.Broken = p.Defects.Error()
		v.found.Reject(v.out, p.Defects) // the sound test cases are judged by all the same
		if !v.out.JSON {
			v.out.Linef("%s  %s package: broken in %s, judged by the rest", v.out.Mark(false), p.Name, terminal.Plural(len(p.Defects.Issues), "place"))
		}
	}
	if v.wants(partSubmissions) {
		if err := v.submissions(ctx, p, only, shown); err != nil {
			return err
		}
	}
	if v.Data || len(v.Only) > 0 && v.wants(partData) {
		return v.checkData(ctx, p, shown)
	}
	return nil
}

// warn tells warnings, those of the parts that are wanted.
func (v *verifier) warn(name string, shown *packageReport, all []issue.Issue) {
	for _, w := range foldIssues(all) {
		if part := partOf(w); part != "" && !v.wants(part) {
			continue
		}
		v.found.Warned++
		if shown != nil {
			shown.Warnings = append(shown.Warnings, w.String())
		}
		v.out.Notef("%s: warning: %v", name, w)
	}
}

// warnOfUnread tells the warnings of a package that cannot be judged.
func (v *verifier) warnOfUnread(err error) {
	var invalid *issue.InvalidError
	if errors.As(err, &invalid) {
		v.warn(invalid.Package, nil, invalid.Warnings)
	}
}

// submissions judges the example submissions of one package and prints a line for each.
func (v *verifier) submissions(ctx context.Context, p *problem.Problem, only func(problem.Submission) bool, shown *packageReport) error {
	examples, err := p.Submissions()
	if err != nil {
		v.found.Reject(v.out, err) // the sound ones are verified all the same
	}
	width, total := 0, 0
	for _, s := range examples {
		if only == nil || only(s) {
			total++
			width = max(width, len(p.Name)+1+len(s.Path))
		}
	}
	limit, err := v.limit(ctx, p)
	if err != nil {
		return err
	}
	var printing error
	var judged atomic.Int64
	bar := v.out.Bar(total, "submissions")
	found, err := verify.Package(ctx, v.runtime.Judge(), p, verify.Options{
		TimeLimit: limit, Only: only, Part: v.Tests != "", FailFast: v.FailFast,
		Progress: func(path string, ev api.Event) {
			bar.Set(int(judged.Load()), "%s %s: %s", p.Name, path, judgement.StageText(ev))
		},
	}, func(row verify.Row) {
		judged.Add(1)
		v.found.Add(row.OK)
		v.languages[row.Language] = true
		shown.add(row)
		printing = cmp.Or(printing, verifiedRow(fmt.Sprintf("example-%d", len(shown.Rows)), row).Print(v.out, width))
		bar.Set(int(judged.Load()), "%s", p.Name)
	})
	shown.finish(found)
	if found.Uncomputed != nil {
		v.found.Reject(v.out, fmt.Errorf("%w; judged by %s", found.Uncomputed, terminal.Seconds(found.TimeLimit.Microseconds())))
	}
	if err := errors.Join(printing, err); err != nil {
		return err
	}
	if v.Matrix && !v.out.JSON {
		printMatrix(v.out, shown.Rows)
	}
	v.noteProvisional(p.Name, found)
	noteMargins(v.out, p.Name, found)
	v.warn(p.Name, shown, found.Warnings)
	if slices.ContainsFunc(shown.Rows, func(r verify.Row) bool { return judgement.Approximate(r.Report) }) {
		v.out.Notef("%s: %s", p.Name, judgement.ApproximateNote)
	}
	return nil
}

// noteProvisional says where a computed time limit does not follow from all that it should follow from.
func (v *verifier) noteProvisional(name string, found verify.Findings) {
	c := found.Computation
	if c == nil || c.Limit == 0 {
		return
	}
	var missing []string
	for _, b := range c.Bounds {
		if b.Missing != "" && b.Side == problem.TimeLower && !slices.Contains(missing, b.Submission) {
			missing = append(missing, b.Submission)
		}
	}
	switch {
	case len(missing) > 0:
		v.out.Notef("%s: the time limit of %s is provisional: it was computed without %s", name, terminal.Seconds(c.Limit.Microseconds()), judgement.FewNames(missing))
	case v.Tests != "":
		v.out.Notef("%s: the time limit of %s is provisional: it was computed from the tests of --tests alone", name, terminal.Seconds(c.Limit.Microseconds()))
	}
}

// dataJudgement is what verify --data prints of a package. The names are a contract with scripts.
type dataJudgement struct {
	Problem    string   `json:"problem"`
	Checked    int      `json:"data_checked"` // questions that were asked
	OK         bool     `json:"ok"`
	Complaints []string `json:"complaints"`
	Warnings   []string `json:"warnings,omitempty"`
	Undecided  []string `json:"undecided,omitempty"` // secret tests that no submission fails, where any was failed
}

// checkData asks the package's own validators about its data.
func (v *verifier) checkData(ctx context.Context, p *problem.Problem, shown *packageReport) error {
	asking := p.Name + ": asking its validators about its data"
	v.out.Progressf("%s", asking)
	var bar *terminal.Bar
	found, err := verify.CheckData(ctx, v.runtime.Judge(), p, func(asked, of int) {
		if bar == nil {
			bar = v.out.Bar(of, "questions")
		}
		bar.Set(asked, "%s", asking)
	})
	if err != nil {
		return err
	}
	shown.Data = &found
	ok := len(found.Complaints) == 0
	if !ok {
		v.found.NotOK++
	}
	v.found.Warned += len(found.Warnings)
	if v.out.JSON {
		return v.out.Object(dataJudgement{
			p.Name, found.Checked, ok, append([]string{}, found.Complaints...), found.Warnings, shown.Undecided,
		})
	}
	text := terminal.Plural(len(found.Complaints), "complaint")
	if n := len(found.Warnings); n > 0 {
		text += ", " + terminal.Plural(n, "warning")
	}
	rows := [][]string{{v.out.Mark(ok), fmt.Sprintf("%s data: validators were asked %s, %s", p.Name, terminal.Plural(found.Checked, "time"), text)}}
	for _, c := range found.Complaints {
		rows = append(rows, []string{"", terminal.SingleLine(c)})
	}
	for _, w := range found.Warnings {
		rows = append(rows, []string{"", "warning: " + terminal.SingleLine(w)})
	}
	if n := len(shown.Undecided); n > 0 {
		decide := "decide nothing, because no submission fails them"
		if n == 1 {
			decide = "decides nothing, because no submission fails it"
		}
		rows = append(rows, []string{"", fmt.Sprintf("%d of %s %s: %s", n, terminal.Plural(len(p.Tests), "test"), decide, judgement.FewNames(shown.Undecided))})
	}
	v.out.Table(rows)
	return nil
}

// limit is the time limit that was asked for, 0 for that of the package.
func (v *verifier) limit(ctx context.Context, p *problem.Problem) (time.Duration, error) {
	if !v.SetTimeLimit {
		return v.TimeLimit.Duration(), nil
	}
	v.out.Progressf("%s: measuring its submissions", p.Name)
	c, err := verify.ComputeTimeLimit(ctx, v.runtime.Judge(), p)
	if c == nil {
		return 0, err
	}
	if printing := newTimeLimit(p, c, err).print(v.out); printing != nil {
		return 0, printing
	}
	if err != nil {
		v.found.Reject(v.out, err)
	}
	return cmp.Or(c.Limit, p.Limits.Time), nil // its examples are judged all the same
}

// verifiedRow makes the judgement of a row; id names the submission where the row has no report.
func verifiedRow(id string, row verify.Row) judgement.Judgement {
	j := judgement.Judgement{
		Report: row.Report, Path: row.Submission, Expected: append([]verdict.Code{}, row.Expected...),
		OK: row.OK, Complaints: row.Complaints, NearLimit: row.NearLimit,
	}
	if row.Err != nil {
		j.Report = refusedReport(id, row)
	}
	return j
}

// refusedReport is what the queue would have published of a submission whose language is not offered here.
func refusedReport(id string, row verify.Row) api.Report {
	return api.Report{
		Version: api.Version, Submission: id, Attempt: 1, Problem: row.Problem, Language: row.Language,
		Verdict: verdict.JudgeError, Error: &api.ErrorReport{Class: verdict.ClassLanguage, Message: row.Err.Error()},
		Tests: []api.TestReport{},
	}
}
