package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/judge"
	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/message"
)

// verifyCmd judges the example submissions of packages.
type verifyCmd struct {
	stateSettings
	judgeSettings

	TimeLimit    span     `help:"CPU time for each test in place of the package's; seconds, or with a unit." placeholder:"SECONDS"`
	SetTimeLimit bool     `help:"Compute the time limit from the example submissions, print how it follows, and judge by it, also where the package states one."`
	Matrix       bool     `help:"Print a matrix of submissions by tests for each package too, with the slowest test of each submission."`
	Data         bool     `help:"Also ask the package's own input validators about its inputs, and its validators about their tests."`
	Report       string   `help:"Write one self-contained page with the matrix, the times and all messages." placeholder:"FILE.html"`
	Packages     []string `arg:"" help:"Problem packages: directories, .zip or .kpp."                        name:"package"`
}

// tally counts what verify and submit --all found.
type tally struct {
	judged, notOK int
	broken        error // the first package that could not be used
}

// err is how a command ends that found this. What was judged and is not ok weighs more than what is broken.
func (t tally) err() error {
	if t.notOK > 0 {
		return errNotOK
	}
	if t.broken != nil {
		return usageError{errors.New("not every package could be used, see above")}
	}
	return nil
}

func (t *tally) add(ok bool) {
	t.judged++
	if !ok {
		t.notOK++
	}
}

// reject tells of a package that cannot be used; the others go on.
func (t *tally) reject(out *output, err error) {
	out.remarkf("gavel: %v", err)
	if t.broken == nil {
		t.broken = err
	}
}

func (c verifyCmd) Run(ctx context.Context, out *output) error {
	if c.SetTimeLimit && c.TimeLimit != 0 {
		return usageError{errors.New("--time-limit and --set-time-limit: give one of the two")}
	}
	if c.Report != "" {
		dir := filepath.Dir(c.Report)
		if err := unix.Access(dir, unix.W_OK|unix.X_OK); err != nil { // told now, not after everything was judged
			return usageError{fmt.Errorf("--report %s: directory %s: %w", c.Report, dir, err)}
		}
	}
	held, err := openState(c.stateSettings)
	if err != nil {
		return err
	}
	defer held.close()
	v := verifier{verifyCmd: c, out: out, state: held}
	defer out.done()
	return errors.Join(v.all(ctx), v.close())
}

// verifier goes through packages. It makes containers once there is a package to judge.
type verifier struct {
	verifyCmd
	out   *output
	state *state
	bench *workbench
	found tally
	page  report
}

func (v *verifier) close() error {
	if v.bench == nil {
		return nil
	}
	return v.bench.close()
}

// all verifies every package, also after a broken one.
func (v *verifier) all(ctx context.Context) error {
	for _, path := range packagesOf(v.out, v.Packages) {
		err := v.load(ctx, path)
		if err != nil && exitCode(err) != exitUsage {
			return err
		}
		if err != nil {
			v.found.reject(v.out, err)
		}
	}
	v.out.remarkf("%d submissions, %d not ok", v.found.judged, v.found.notOK)
	if v.Report != "" {
		v.page.Version, v.page.Made = "gavel "+readVersion().Version, time.Now()
		if err := v.page.write(v.Report); err != nil {
			return err
		}
	}
	return v.found.err()
}

func (v *verifier) load(ctx context.Context, path string) (err error) {
	p, err := loadPackage(path, v.packageSettings)
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
		return fmt.Errorf("verify %s: %w", path, err)
	}
	return nil
}

func (v *verifier) open(ctx context.Context) (err error) {
	if v.bench != nil {
		return nil
	}
	v.out.progressf("preparing languages and containers")
	v.bench, err = openWorkbench(ctx, workbenchConfig{
		judgeSettings: v.judgeSettings, stateDir: v.state.dir, worker: workerName(""), remark: v.out.remark,
	})
	return err
}

// verify judges the example submissions of one package and prints a line for each.
func (v *verifier) verify(ctx context.Context, p *problem.Problem, shown *packageReport) error {
	for _, w := range p.Warnings {
		v.out.remarkf("%s: warning: %v", p.Name, w)
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
	found, err := v.bench.judge.Verify(ctx, p, judge.VerifyOptions{
		TimeLimit: limit,
		Progress: func(path string, ev message.Event) {
			v.out.progressf("%s %s: %s", p.Name, path, stageText(ev))
		},
	}, func(row judge.VerifyRow) {
		v.found.add(row.OK)
		shown.add(row)
		printing = errors.Join(printing, verifiedRow(row).print(v.out, width))
	})
	shown.finish(found)
	if err := errors.Join(printing, err); err != nil {
		return err
	}
	if v.Matrix && !v.out.json {
		printMatrix(v.out, shown.Rows)
	}
	remarkMargins(v.out, p.Name, found)
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
	v.out.progressf("%s: asking its validators about its data", p.Name)
	found, err := v.bench.judge.CheckData(ctx, p)
	if err != nil {
		return err
	}
	shown.Data = &found
	ok := len(found.Complaints) == 0
	if !ok {
		v.found.notOK++
	}
	if v.out.json {
		return v.out.object(dataJudgement{p.Name, found.Checked, ok, append([]string{}, found.Complaints...)})
	}
	v.out.linef("%s  %s data: validators were asked %d times, %d complaints", v.out.mark(ok), p.Name, found.Checked, len(found.Complaints))
	for _, c := range found.Complaints {
		v.out.linef("      %s", c)
	}
	return nil
}

// limit is the time limit that was asked for, 0 for that of the package.
func (v *verifier) limit(ctx context.Context, p *problem.Problem) (time.Duration, error) {
	if !v.SetTimeLimit {
		return v.TimeLimit.duration(), nil
	}
	v.out.progressf("%s: measuring its submissions", p.Name)
	c, err := v.bench.judge.ComputeTimeLimit(ctx, p)
	if c == nil {
		return 0, err
	}
	if printing := newTimeLimit(p, c, err).print(v.out); printing != nil {
		return 0, printing
	}
	return c.Limit, err
}

func verifiedRow(row judge.VerifyRow) judgement {
	j := newJudgement(row.Submission, row.Expected, row.Complaints, row.Report)
	j.OK, j.NearLimit = row.OK, row.NearLimit
	j.Problem, j.Language = row.Problem, row.Language
	if row.Err != nil {
		j.Error = row.Err.Error()
	}
	return j
}
