package judge

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/language"
	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/verdict"
)

// awaitLanguage readies the language of a submission.
func (j *Judge) awaitLanguage(ctx context.Context, l *language.Language) error {
	err := j.cfg.Languages.Ready(ctx, j.cfg.Pool, l)
	var missing *language.MissingError
	if errors.As(err, &missing) {
		return refuseLanguage(err)
	}
	if err != nil {
		return fmt.Errorf("prepare language %s: %w", l.ID, err)
	}
	return nil
}

// lackingForPackage is the error for a program of a package whose language could not be readied, or failed while the program
// was compiled. Another worker may have it.
func lackingForPackage(p *problem.Problem, as Role, err error) error {
	err = fmt.Errorf("%s of problem %s: %w", as, p.Name, err)
	var missing *language.MissingError
	if errors.As(err, &missing) {
		return &api.Rejection{Class: verdict.ClassProblem, Err: err, Lacking: missing.Language, Broken: missing.Broken}
	}
	return err
}

// awaitLanguages readies the languages of the submission and of the package's programs, with an event for each that has
// to be waited for. What is wrong with the package's is said when they are compiled.
func (e *evaluation) awaitLanguages(ctx context.Context) error {
	for _, l := range e.packageLanguages() {
		e.tellPreparing(l)
		if err := e.compiler.judge.cfg.Languages.Ready(ctx, e.compiler.judge.cfg.Pool, l); err != nil && ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
	if e.compiler.language == nil {
		return nil
	}
	e.tellPreparing(e.compiler.language)
	return e.compiler.judge.awaitLanguage(ctx, e.compiler.language)
}

// tellPreparing tells that a language is still to come.
func (e *evaluation) tellPreparing(l *language.Language) {
	if e.compiler.judge.cfg.Languages.Status(l).ToCome() {
		e.reporter.events.send(api.Event{Stage: api.StagePreparing, Reason: "language " + l.ID + " is being prepared on this worker"})
	}
}

// packageLanguages are those of the programs that buildPrograms builds.
func (e *evaluation) packageLanguages() []*language.Language {
	p := e.compiler.problem
	var found []*language.Language
	for _, b := range []struct {
		program *problem.Validator
		as      Role
	}{
		{p.Validator, RoleOutputValidator},
		{p.Interactor, RoleInteractor},
		{p.StaticValidator, RoleStaticValidator},
		{p.Grader, RoleGrader},
	} {
		if b.program == nil {
			continue
		}
		unit, err := e.compiler.judge.validatorUnit(p, b.program, b.as)
		if err == nil && unit.Language != e.compiler.language && !slices.Contains(found, unit.Language) {
			found = append(found, unit.Language)
		}
	}
	return found
}
