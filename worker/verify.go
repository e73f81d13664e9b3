package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/gaveloj/gavel/judge"
)

// verifyCmd judges the example submissions of packages.
type verifyCmd struct {
	stateSettings
	judgeSettings

	TimeLimit span     `help:"CPU time for each test in place of the package's; seconds, or with a unit." placeholder:"SECONDS"`
	Packages  []string `arg:"" help:"Problem packages: directories, .zip or .kpp."                        name:"package"`
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

func (c verifyCmd) Run(ctx context.Context, out *output) (err error) {
	held, err := openState(c.stateSettings)
	if err != nil {
		return err
	}
	defer held.close()
	out.progressf("preparing languages and containers")
	defer out.done()
	w, err := openWorkbench(ctx, workbenchConfig{judgeSettings: c.judgeSettings, stateDir: held.dir, worker: workerName("")})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	var found tally
	for _, path := range c.Packages {
		if err := c.verify(ctx, out, w, path, &found); err != nil {
			return err
		}
	}
	out.remarkf("%d submissions, %d not ok", found.judged, found.notOK)
	return found.err()
}

// verify judges one package. Only a fault of the host is an error.
func (c verifyCmd) verify(ctx context.Context, out *output, w *workbench, path string, found *tally) error {
	p, err := loadPackage(path)
	if err != nil {
		return ofPackage(out, err, found)
	}
	examples, err := p.Submissions()
	if err != nil {
		found.reject(out, err) // the sound ones are verified all the same
	}
	width := 0
	for _, s := range examples {
		width = max(width, len(p.Name)+1+len(s.Path))
	}
	var printing error
	_, err = w.judge.Verify(ctx, p, judge.VerifyOptions{
		TimeLimit: c.TimeLimit.duration(),
		Progress: func(path string, ev judge.Event) {
			out.progressf("%s %s: %s", p.Name, path, stageText(ev))
		},
	}, func(row judge.VerifyRow) {
		found.add(row.OK)
		printing = errors.Join(printing, verifiedRow(row).print(out, width))
	})
	if err := errors.Join(printing, p.Close()); err != nil {
		return err
	}
	if err != nil {
		return ofPackage(out, fmt.Errorf("verify %s: %w", path, err), found)
	}
	return nil
}

// ofPackage keeps an error that concerns one package from ending the command.
func ofPackage(out *output, err error, found *tally) error {
	if exitCode(err) != exitUsage {
		return err
	}
	found.reject(out, err)
	return nil
}

func verifiedRow(row judge.VerifyRow) judgement {
	j := newJudgement(row.Submission, row.Expected, row.OK, row.Report)
	j.Problem, j.Language = row.Problem, row.Language
	if row.Err != nil {
		j.Error = row.Err.Error()
	}
	return j
}
