package judge

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/gaveloj/gavel/judge/checker"
	"github.com/gaveloj/gavel/judge/language"
	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/sandbox"
)

// validatorDir is where a validator's files are in its container: not in its working directory, which belongs to
// the protocol.
const validatorDir = sandbox.WorkDir + "/.validator"

// validator is a custom output validator that is ready to run.
type validator struct {
	artifact *artifact
	release  func() error
	program  checker.Program
	limits   sandbox.Limits
}

// buildValidator gets the package's validator from the artifact store, or compiles it. One that does not compile
// makes the package unusable: a *Rejection with the compiler's log.
func (j *Judge) buildValidator(ctx context.Context, p *problem.Problem) (*validator, error) {
	unit, err := j.validatorUnit(p)
	if err != nil {
		return nil, err
	}
	a, result, err := j.compileUnit(ctx, unit, compileLimits(p))
	if err != nil {
		return nil, fmt.Errorf("compile output validator: %w", err)
	}
	if result.failure != "" {
		return nil, reject(verdict.ClassProblem, fmt.Errorf("output validator of problem %s does not compile (%s): %s",
			p.Name, result.failure, result.report.Log))
	}
	program := a.program.At(validatorDir)
	cmd := program.Command(j.cfg.Languages.Table(), p.Limits.ValidationMemory, nil)
	limits := cmd.Limits
	limits.CPU, limits.Wall = p.Limits.ValidationTime, 2*p.Limits.ValidationTime+10*time.Second
	limits.Output = p.Limits.ValidationOutput
	return &validator{
		artifact: a, limits: limits,
		release: func() error { return j.artifacts.release(a) },
		program: checker.Program{Args: cmd.Args, Executable: a.executable, Files: program.Files},
	}, nil
}

// validatorUnit puts the validator's sources together.
func (j *Judge) validatorUnit(p *problem.Problem) (*language.Unit, error) {
	var files []sandbox.File
	var names []string
	for _, f := range p.Validator.Files {
		file, err := packageFile(f)
		if err != nil {
			return nil, err
		}
		files, names = append(files, file), append(names, file.Path)
	}
	if p.Validator.Build || p.Validator.Run {
		return language.NewScriptUnit(files), nil
	}
	l, err := j.cfg.Languages.Choose(p.Validator.Language, names)
	if err != nil {
		return nil, reject(verdict.ClassProblem, fmt.Errorf("output validator of problem %s: %w", p.Name, err))
	}
	unit, err := language.NewUnit(l, files, "")
	if err != nil {
		return nil, reject(verdict.ClassProblem, fmt.Errorf("output validator of problem %s: %w", p.Name, err))
	}
	return unit, nil
}

// runValidator asks the validator about the output of one test.
func (s *session) runValidator(ctx context.Context, test *problem.Test, output []byte) (r checker.Result, err error) {
	input, err := openForAll(test.Input)
	if err != nil {
		return checker.Result{}, err
	}
	defer input.Close()
	answer, err := openForAll(test.Answer)
	if err != nil {
		return checker.Result{}, err
	}
	defer answer.Close()
	in := checker.Invocation{
		Input: input, Answer: answer, Output: output, Args: test.ValidatorArgs, Limits: s.validator.limits,
	}
	err = s.judge.leased(ctx, func(sb *sandbox.Sandbox) error {
		r, err = checker.Run(ctx, sb, s.validator.program, in)
		return err
	})
	return r, err
}

// openForAll opens test data so that a validator, which runs as another user, can open the descriptor once more by
// name. A file that not everybody may read is copied to memory.
func openForAll(path string) (*os.File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open test data: %w", err)
	}
	info, err := f.Stat()
	if err == nil && info.Mode().Perm()&0o004 != 0 {
		return f, nil
	}
	data, readErr := readAll(f)
	if err := errors.Join(err, readErr, f.Close()); err != nil {
		return nil, fmt.Errorf("read test data: %w", err)
	}
	return sandbox.MemFile("test-data", data)
}
