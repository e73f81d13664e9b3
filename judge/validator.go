package judge

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/gaveloj/gavel/judge/checker"
	"github.com/gaveloj/gavel/judge/language"
	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/message/verdict"
	"github.com/gaveloj/gavel/sandbox"
)

// role is what a program of a problem package is there for, as messages name it.
type role string

// The roles.
const (
	roleValidator      role = "output validator"
	roleInteractor     role = "interactor"
	roleStatic         role = "static validator"
	roleGrader         role = "grader"
	roleInputValidator role = "input validator"
	roleVisualizer     role = "output visualizer"
)

// validator is a program of a problem package that is ready to run: an output validator, or one of another role.
type validator struct {
	release func() error
	program checker.Program
	limits  sandbox.Limits
}

// buildValidator builds the package's output validator. See build.
func (j *Judge) buildValidator(ctx context.Context, p *problem.Problem) (*validator, error) {
	return j.buildProgram(ctx, p, p.Validator, roleValidator)
}

// buildProgram gets a program of the package from the artifact store, or compiles it; asked for the same program at
// the same time, it compiles once. One that does not compile makes the package unusable: a *Rejection with the
// compiler's log. The caller releases what it gets.
func (j *Judge) buildProgram(ctx context.Context, p *problem.Problem, v *problem.Validator, as role) (*validator, error) {
	unit, err := j.validatorUnit(p, v, as)
	if err != nil {
		return nil, err
	}
	a, result, err := j.compileUnit(ctx, unit, buildLimits(p, v))
	if err != nil {
		return nil, fmt.Errorf("compile %s: %w", as, err)
	}
	if result.failure != "" {
		return nil, reject(verdict.ClassProblem, fmt.Errorf("%s of problem %s does not compile (%s): %s%s",
			as, p.Name, result.failure, result.report.Log, compileHint(result.report.Log)))
	}
	program := a.program.At(checker.ProgramDir)
	cmd := program.Command(j.cfg.Languages.Table(), p.Limits.ValidationMemory, nil)
	limits := cmd.Limits
	limits.CPU, limits.Wall = p.Limits.ValidationTime, 2*p.Limits.ValidationTime+10*time.Second
	limits.Output = p.Limits.ValidationOutput
	return &validator{
		limits:  limits,
		release: func() error { return j.artifacts.release(a) },
		program: checker.Program{
			Name: string(as), Protocol: v.Protocol, PointsScale: v.PointsScale,
			Args: cmd.Args, Env: cmd.Env, Executable: a.executable, Files: program.Files,
		},
	}, nil
}

// compileHint says how to mend what authors meet most.
func compileHint(log string) string {
	if !strings.Contains(log, "testlib.h: No such file") {
		return ""
	}
	return "(testlib.h is not part of Gavel: put it into the package, beside the program, or into /usr/local/include of the worker)"
}

// buildLimits are those for compiling a program of the package. No format says how long a build script may take; it
// compiles, and does more than that.
func buildLimits(p *problem.Problem, v *problem.Validator) language.Limits {
	limits := compileLimits(p)
	if v.Build {
		limits.CPU, limits.Wall = 2*limits.CPU, 2*limits.Wall
	}
	return limits
}

// validatorUnit puts a program's sources together.
func (j *Judge) validatorUnit(p *problem.Problem, v *problem.Validator, as role) (*language.Unit, error) {
	var files []sandbox.File
	var names []string
	for _, f := range v.Files {
		file, err := packageFile(f)
		if err != nil {
			return nil, err
		}
		files, names = append(files, file), append(names, file.Path)
	}
	if v.Build || v.Run {
		return language.NewScriptUnit(files), nil
	}
	l, err := j.cfg.Languages.Choose(v.Language, names)
	if err != nil {
		return nil, reject(verdict.ClassProblem, fmt.Errorf("%s of problem %s: %w", as, p.Name, err))
	}
	unit, err := language.NewUnit(l, files, v.EntryPoint)
	if err != nil {
		return nil, reject(verdict.ClassProblem, fmt.Errorf("%s of problem %s: %w", as, p.Name, err))
	}
	unit.Flags = protocolFlags(v.Protocol, l)
	return unit, nil
}

// protocolFlags are what a checker is compiled with so that it answers as its protocol says: testlib.h is told to
// number partial results where no other exit code is.
func protocolFlags(protocol checker.Protocol, l *language.Language) []string {
	if l.Code == "cpp" && (protocol == checker.Testlib || protocol == checker.TestlibXML) {
		return []string{fmt.Sprintf("-DPC_BASE_EXIT_CODE=%d", checker.PartialBase)}
	}
	return nil
}

// runValidator asks the validator about the output of one pass.
func (s *session) runValidator(ctx context.Context, p pass, output []byte) (r checker.Result, err error) {
	in, err := s.invocation(p, s.validator)
	if err != nil {
		return checker.Result{}, err
	}
	defer closeData(in)
	in.Output = output
	err = s.judge.leased(ctx, func(sb *sandbox.Sandbox) error {
		r, err = checker.Run(ctx, sb, s.validator.program, in)
		return err
	})
	return r, err
}

// invocation is what a validator is told of one pass, save what the submission did. The caller closes its data.
func (s *session) invocation(p pass, v *validator) (checker.Invocation, error) {
	submitted, err := s.submitted()
	if err != nil {
		return checker.Invocation{}, err
	}
	input, err := p.openInputForAll()
	if err != nil {
		return checker.Invocation{}, err
	}
	answer, err := openForAll(p.test.Answer)
	if err != nil {
		return checker.Invocation{}, errors.Join(err, input.Close())
	}
	f := s.problem.Format
	return checker.Invocation{
		Input: input, Answer: answer,
		Args:         p.test.ValidatorArgs,
		MultiPass:    s.problem.Kind.MultiPass,
		LegacyScores: f == problem.Legacy || f == problem.LegacyICPC,
		Submission:   submitted,
		Feedback:     p.feedback,
		Limits:       v.limits,
	}, nil
}

// closeData closes the files of an invocation.
func closeData(in checker.Invocation) {
	_, _ = in.Input.Close(), in.Answer.Close() // read side
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
