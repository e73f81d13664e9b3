package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/language"
	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/judge/verify"
	"github.com/gaveloj/gavel/worker/exit"
	"github.com/gaveloj/gavel/worker/judging"
	"github.com/gaveloj/gavel/worker/settings"
	"github.com/gaveloj/gavel/worker/state"
	"github.com/gaveloj/gavel/worker/terminal"
)

// verifyCmd judges the example submissions of packages.
type verifyCmd struct {
	settings.State
	settings.Judging

	TimeLimit    settings.Span `help:"CPU time for each test in place of the package's; seconds, or with a unit." placeholder:"TIME"`
	SetTimeLimit bool          `help:"Compute the time limit from the example submissions, print how it follows, and judge by it, also where the package states one."`
	Matrix       bool          `help:"Print a matrix of submissions by tests for each package too, with the slowest test of each submission."`
	Data         bool          `help:"Also ask the package's own input validators about its inputs, and its validators about their tests."`
	Report       string        `help:"Write one self-contained page with the matrix, the times and all messages." placeholder:"FILE.html"`
	Packages     []string      `arg:"" help:"Problem packages: directories, .zip or .kpp."                        name:"package"`
}

// tally counts what verify and submit --all found.
type tally struct {
	judged, notOK int
	broken        error // the first package that could not be used
}

func (t tally) summary() string {
	return fmt.Sprintf("%s, %d not ok", terminal.Plural(t.judged, "submission"), t.notOK)
}

// err is how a command ends that found this. What was judged and is not ok weighs more than what is broken.
func (t tally) err() error {
	if t.notOK > 0 {
		return exit.ErrNotOK
	}
	if t.broken != nil {
		return exit.Usage(errors.New("not every package could be used, see above"))
	}
	return nil
}

func (t *tally) add(ok bool) {
	t.judged++
	if !ok {
		t.notOK++
	}
}

// reject reports a package that cannot be used; the others go on.
func (t *tally) reject(out *terminal.Output, err error) {
	out.Notef("gavel: %v", err)
	if t.broken == nil {
		t.broken = err
	}
}

func (c verifyCmd) Run(ctx context.Context, config settings.ConfigPath, out *terminal.Output) error {
	if c.SetTimeLimit && c.TimeLimit != 0 {
		return exit.Usage(errors.New("--time-limit and --set-time-limit: give one of the two"))
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
	v := verifier{verifyCmd: c, out: out, state: state, languages: map[string]bool{}}
	defer out.Done()
	return errors.Join(v.all(ctx), v.close())
}

// verifier goes through packages. It makes containers once there is a package to judge.
type verifier struct {
	verifyCmd
	out     *terminal.Output
	state   *state.Dir
	runtime *judging.Runtime
	found   tally
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
	v.out.Note(v.found.summary())
	if v.Report != "" {
		v.page.Version, v.page.Made = "gavel "+readVersion().Version, time.Now()
		if err := v.page.write(v.Report); err != nil {
			return errors.Join(unfinished, err)
		}
	}
	if unfinished != nil {
		return unfinished
	}
	return v.found.err()
}

// noteMissedLanguages tells which languages were judged by another implementation than limits are usually made for.
func (v *verifier) noteMissedLanguages() {
	for _, id := range slices.Sorted(maps.Keys(v.languages)) {
		if missed := v.runtime.Languages.Missed(id); missed != nil {
			v.out.Notef("note: %s ran what the packages have in %s; time limits are usually made for %s, which package %s installs",
				id, missed.Code, missed.Name, missed.Package)
		}
	}
}

// packages verifies one package after the other. The error is one that ends the command.
func (v *verifier) packages(ctx context.Context) error {
	for _, path := range packagesOf(v.out, v.Packages) {
		err := v.load(ctx, path)
		if err != nil && (exit.CodeOf(err) != exit.BadRequest || ctx.Err() != nil) {
			return err
		}
		if err != nil {
			v.found.reject(v.out, err)
		}
	}
	return nil
}

func (v *verifier) load(ctx context.Context, path string) (err error) {
	if err := settings.RefuseExposed(settings.PrivatePackage(path)); err != nil {
		return err
	}
	p, err := loadPackage(path, v.ReadWith(v.state.Temp))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	if err := v.open(ctx); err != nil {
		return err
	}
	shown := &packageReport{Problem: p}
	v.page.Packages = append(v.page.Packages, shown)
	if err := v.verify(ctx, p, shown); err != nil {
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

// verify judges the example submissions of one package and prints a line for each.
func (v *verifier) verify(ctx context.Context, p *problem.Problem, shown *packageReport) error {
	for _, w := range p.Warnings {
		v.out.Notef("%s: warning: %v", p.Name, w)
	}
	examples, err := p.Submissions()
	if err != nil {
		v.found.reject(v.out, err) // the sound ones are verified all the same
	}
	width := 0
	for _, s := range examples {
		width = max(width, len(p.Name)+1+len(s.Path))
	}
	limit, err := v.limit(ctx, p)
	if err != nil {
		return err
	}
	var printing error
	found, err := verify.Package(ctx, v.runtime.Judge, p, verify.Options{
		TimeLimit: limit,
		Progress: func(path string, ev api.Event) {
			v.out.Progressf("%s %s: %s", p.Name, path, stageText(ev))
		},
	}, func(row verify.Row) {
		v.found.add(row.OK)
		v.languages[row.Language] = true
		shown.add(row)
		printing = errors.Join(printing, verifiedRow(fmt.Sprintf("example-%d", len(shown.Rows)), row).print(v.out, width))
	})
	shown.finish(found)
	if found.Uncomputed != nil {
		v.found.reject(v.out, fmt.Errorf("%w; judged by %s", found.Uncomputed, terminal.Seconds(found.TimeLimit.Microseconds())))
	}
	if err := errors.Join(printing, err); err != nil {
		return err
	}
	if v.Matrix && !v.out.JSON {
		printMatrix(v.out, shown.Rows)
	}
	noteMargins(v.out, p.Name, found)
	if slices.ContainsFunc(shown.Rows, func(r verify.Row) bool { return approximate(r.Report) }) {
		v.out.Notef("%s: %s", p.Name, approximateNote)
	}
	if v.Data {
		return v.checkData(ctx, p, shown)
	}
	return nil
}

// dataJudgement is what verify --data prints of a package. The names are a contract with scripts.
type dataJudgement struct {
	Problem    string   `json:"problem"`
	Checked    int      `json:"data_checked"` // questions that were asked
	OK         bool     `json:"ok"`
	Complaints []string `json:"complaints"`
}

// checkData asks the package's own validators about its data.
func (v *verifier) checkData(ctx context.Context, p *problem.Problem, shown *packageReport) error {
	v.out.Progressf("%s: asking its validators about its data", p.Name)
	found, err := verify.CheckData(ctx, v.runtime.Judge, p)
	if err != nil {
		return err
	}
	shown.Data = &found
	ok := len(found.Complaints) == 0
	if !ok {
		v.found.notOK++
	}
	if v.out.JSON {
		return v.out.Object(dataJudgement{p.Name, found.Checked, ok, append([]string{}, found.Complaints...)})
	}
	v.out.Linef("%s  %s data: validators were asked %s, %s", v.out.Mark(ok), p.Name,
		terminal.Plural(found.Checked, "time"), terminal.Plural(len(found.Complaints), "complaint"))
	for _, c := range found.Complaints {
		v.out.Linef("      %s", c)
	}
	return nil
}

// limit is the time limit that was asked for, 0 for that of the package.
func (v *verifier) limit(ctx context.Context, p *problem.Problem) (time.Duration, error) {
	if !v.SetTimeLimit {
		return v.TimeLimit.Duration(), nil
	}
	v.out.Progressf("%s: measuring its submissions", p.Name)
	c, err := verify.ComputeTimeLimit(ctx, v.runtime.Judge, p)
	if c == nil {
		return 0, err
	}
	if printing := newTimeLimit(p, c, err).print(v.out); printing != nil {
		return 0, printing
	}
	if err != nil {
		v.found.reject(v.out, err)
	}
	return cmp.Or(c.Limit, p.Limits.Time), nil // its examples are judged all the same
}

// verifiedRow makes the judgement of a row; id names the submission where the row has no report.
func verifiedRow(id string, row verify.Row) judgement {
	j := judgement{
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
