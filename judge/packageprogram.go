package judge

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/checker"
	"github.com/gaveloj/gavel/judge/language"
	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/sandbox"
)

// Role is what a program of a problem package is there for, as messages name it.
type Role string

// The roles.
const (
	RoleOutputValidator Role = "output validator"
	RoleInteractor      Role = "interactor"
	RoleStaticValidator Role = "static validator"
	RoleGrader          Role = "grader"
	RoleInputValidator  Role = "input validator"
	RoleVisualizer      Role = "output visualizer"
)

// PackageProgram is a program of a problem package that is ready to run: an output validator, or one of another role.
type PackageProgram struct {
	// Release gives the program back; called once.
	Release func()
	program checker.Program
	limits  sandbox.Limits
}

// BuildProgram gets a program of the package from the artifact store, or compiles it; asked for the same program at
// the same time, it compiles once. One that does not compile makes the package unusable: a *Rejection with the
// compiler's log. The caller releases what it gets.
func (j *Judge) BuildProgram(ctx context.Context, p *problem.Problem, v *problem.Validator, as Role) (*PackageProgram, error) {
	unit, err := j.validatorUnit(p, v, as)
	if err != nil {
		return nil, err
	}
	if err := j.cfg.Languages.Ready(ctx, j.cfg.Pool, unit.Language); err != nil {
		return nil, lackingForPackage(p, as, err)
	}
	a, result, err := j.compileUnit(ctx, unit, buildLimits(p, v))
	if err != nil {
		return nil, lackingForPackage(p, as, fmt.Errorf("compile: %w", err))
	}
	if result.Failure != "" {
		return nil, api.Refuse(verdict.ClassProblem, fmt.Errorf("%s of problem %s does not compile (%s): %s%s",
			as, p.Name, result.Failure, result.Report.Log, compileHint(result.Report.Log)))
	}
	program := a.Program.At(checker.ProgramDir)
	cmd := program.Command(j.cfg.Languages.Table(), p.Limits.ValidationMemory)
	limits := cmd.Limits
	limits.CPU, limits.Wall = p.Limits.ValidationTime, 2*p.Limits.ValidationTime+10*time.Second
	limits.Output = p.Limits.ValidationOutput
	return &PackageProgram{
		limits:  limits,
		Release: func() { j.artifacts.Release(a) },
		program: checker.Program{
			Name: string(as), Protocol: v.Protocol, PointsScale: v.PointsScale,
			Args: cmd.Args, Env: cmd.Env, Executable: a.Executable, Files: program.Files,
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
func (j *Judge) validatorUnit(p *problem.Problem, v *problem.Validator, as Role) (*language.Unit, error) {
	var files []sandbox.File
	for _, f := range v.Files {
		file, err := packageFile(f)
		if err != nil {
			return nil, err
		}
		files = append(files, file)
	}
	if v.Build || v.Run {
		return language.NewScriptUnit(files), nil
	}
	l, err := j.cfg.Languages.ChooseForPackage(v.Language, files)
	if err != nil {
		return nil, api.Refuse(verdict.ClassProblem, fmt.Errorf("%s of problem %s: %w", as, p.Name, err))
	}
	unit, err := language.NewUnit(l, files, v.EntryPoint)
	if err != nil {
		return nil, api.Refuse(verdict.ClassProblem, fmt.Errorf("%s of problem %s: %w", as, p.Name, err))
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
func (r *runner) runValidator(ctx context.Context, p pass, output []byte) (checked checker.Result, err error) {
	in, err := r.invocation(p, r.programs.validator)
	if err != nil {
		return checker.Result{}, err
	}
	defer closeData(in)
	in.Output = output
	err = r.judge.leased(ctx, func(sb *sandbox.Sandbox) error {
		checked, err = checker.Run(ctx, sb, r.programs.validator.program, in)
		return err
	})
	return checked, err
}

// invocation is what a validator is told of one pass, save what the submission did. The caller closes its data.
func (r *runner) invocation(p pass, v *PackageProgram) (checker.Invocation, error) {
	submitted, err := r.submitted()
	if err != nil {
		return checker.Invocation{}, err
	}
	input, err := p.openInputToCopy()
	if err != nil {
		return checker.Invocation{}, fmt.Errorf("open test data: %w", err)
	}
	answer, err := os.Open(p.test.Answer)
	if err != nil {
		return checker.Invocation{}, errors.Join(fmt.Errorf("open test data: %w", err), input.Close())
	}
	f := r.problem.Format
	return checker.Invocation{
		Input: input, Answer: answer,
		Args:         p.test.ValidatorArgs,
		MultiPass:    r.problem.Kind.MultiPass,
		LegacyScores: f == problem.Legacy || f == problem.LegacyICPC, ScoresOfWrong: domjudgeScores(r.problem),
		Submission: submitted,
		OpenOutput: p.openOutput,
		Feedback:   p.feedback,
		Limits:     v.limits,
	}, nil
}

// domjudgeScores says whether the rules of DOMjudge hold for the scores of a legacy package.
func domjudgeScores(p *problem.Problem) bool {
	return p.Groups != nil && p.Groups.Legacy != nil && p.Groups.Legacy.DOMjudge
}

// closeData closes the files of an invocation.
func closeData(in checker.Invocation) {
	_, _ = in.Input.Close(), in.Answer.Close() // read side
}
