package judge

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/artifact"
	"github.com/gaveloj/gavel/judge/language"
	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/sandbox"
)

// chooseLanguage finds the language of a submission; nil where submissions are no programs.
func (j *Judge) chooseLanguage(r request) (*language.Language, error) {
	p, choose := r.problem, j.cfg.Languages.Choose
	if p.Kind.SubmitAnswer {
		return nil, nil
	}
	if r.example {
		choose = j.cfg.Languages.ChooseForPackage
	}
	l, err := choose(r.submission.Language, r.files)
	if err != nil {
		return nil, refuseLanguage(err)
	}
	if !l.AllowedBy(p.Languages) {
		return nil, api.Refuse(verdict.ClassLanguage, fmt.Errorf("problem %s does not allow %s; it allows %q",
			p.Name, l.ID, p.Languages))
	}
	return l, nil
}

// refuseLanguage refuses a language, and says so where another worker may have it.
func refuseLanguage(err error) error {
	refused := &api.Rejection{Class: verdict.ClassLanguage, Err: err}
	var unclear *language.SourceError
	refused.Submitted = errors.As(err, &unclear)
	var missing *language.MissingError
	if errors.As(err, &missing) {
		refused.Lacking, refused.Broken = missing.Language, missing.Broken
	}
	return refused
}

// compiler compiles what was submitted, for a problem.
type compiler struct {
	judge      *Judge
	problem    *problem.Problem
	language   *language.Language // nil where submissions are no programs
	files      []sandbox.File     // as submitted
	entryPoint string             // that was asked for; "" for none
	keepsFiles bool               // the program finds everything that was submitted beside it, whatever the format
}

// compile gets the program of the sources. With a Failure in the result there is none, and the result's log says why.
func (c *compiler) compile(ctx context.Context) (*compiledProgram, artifact.Result, error) {
	include, err := includeFiles(c.problem, c.language)
	if err != nil {
		return nil, artifact.Result{}, err
	}
	clash, err := c.sourceClash(include)
	if clash != nil || err != nil {
		return nil, clashResult(clash, api.CompileReport{}), err
	}
	files := slices.Concat(without(c.files, include), include)
	unit, err := language.NewUnit(c.language, files, c.entryPoint)
	var nothing *language.SourceError
	if errors.As(err, &nothing) {
		return nil, artifact.Result{Failure: verdict.ReasonNoProgram, Report: api.CompileReport{Log: nothing.Message}}, nil
	}
	if err != nil {
		return nil, artifact.Result{}, err
	}
	unit.StartWith(c.mainFile(unit))
	if err := c.judge.awaitLanguage(ctx, c.language); err != nil {
		return nil, artifact.Result{}, err
	}
	compiled, result, err := c.judge.compileUnit(ctx, unit, compileLimits(c.problem))
	var missing *language.MissingError // since, or while, it was compiled
	if errors.As(err, &missing) {
		return nil, result, refuseLanguage(err)
	}
	if err != nil {
		return nil, result, fmt.Errorf("compile submission: %w", err)
	}
	if result.Failure != "" {
		return nil, result, nil
	}
	if clash, err := c.programClash(include, compiled); clash != nil || err != nil {
		c.judge.artifacts.Release(compiled)
		return nil, clashResult(clash, result.Report), err
	}
	return newCompiledProgram(c, compiled, startOf(unit)), result, nil
}

// version is that of the language's compiler or interpreter; "" where it was not asked yet.
func (c *compiler) version() string { return c.judge.cfg.Languages.Status(c.language).Version }

// startOf names the file or class that is started, where a language has such a thing.
func startOf(u *language.Unit) string {
	switch {
	case u.EntryPoint != "":
		return u.EntryPoint
	case u.Language.Entry.Kind == language.EntryFile:
		return u.MainFile
	case u.Language.Entry.Kind == language.EntryClass:
		return strings.TrimSuffix(path.Base(u.MainFile), path.Ext(u.MainFile))
	}
	return ""
}

// compileLimits are those of the package, which are always set. The wall limit only ends what sleeps.
func compileLimits(p *problem.Problem) language.Limits {
	return language.Limits{
		CPU: p.Limits.CompilationTime, Wall: 2*p.Limits.CompilationTime + 10*time.Second,
		Memory: p.Limits.CompilationMemory,
	}
}

// compileUnit gets the program of u from the store, or compiles it in a container of its own. When the toolchain changes
// meanwhile, it starts anew.
func (j *Judge) compileUnit(ctx context.Context, u *language.Unit, limits language.Limits) (*artifact.Compiled, artifact.Result, error) {
	for range attempts - 1 {
		a, b, err := j.compileOnce(ctx, u, limits)
		if !errors.Is(err, language.ErrChanged) {
			return a, b, err
		}
	}
	return j.compileOnce(ctx, u, limits)
}

func (j *Judge) compileOnce(ctx context.Context, u *language.Unit, limits language.Limits) (*artifact.Compiled, artifact.Result, error) {
	languages := j.cfg.Languages
	if err := languages.Ready(ctx, j.cfg.Pool, u.Language); err != nil {
		return nil, artifact.Result{}, err
	}
	key, err := artifact.Key(u, languages.Table(), languages.Status(u.Language).Version, limits)
	if err != nil {
		return nil, artifact.Result{}, err
	}
	return j.artifacts.Get(ctx, key, u.Language, func(ctx context.Context) (*language.Compilation, error) {
		lease := func(do func(*sandbox.Sandbox) error) error { return j.leased(ctx, do) }
		return languages.Compile(ctx, j.cfg.Pool, lease, u, limits)
	})
}
