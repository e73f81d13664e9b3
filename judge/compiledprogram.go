package judge

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/artifact"
	"github.com/gaveloj/gavel/judge/classify"
	"github.com/gaveloj/gavel/judge/problem/tree"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/sandbox"
)

// compiledProgram is a program that is ready to run, for tests and run requests alike. Release it.
type compiledProgram struct {
	compiler *compiler
	compiled *artifact.Compiled
	// entryPoint is what the program is started by, "" where its language has nothing to choose.
	entryPoint string
	// forValidators are the files of it in a validator's working directory, and beside those in the program's own that are
	// none of it.
	forValidators, beside func() ([]sandbox.File, error)
	// command starts it without arguments of a test case. Its slices belong to all runs.
	command func() sandbox.Command
}

// runInput is what differs from run to run of a program.
type runInput struct {
	open  func() (*os.File, error) // standard input; opened for each try, since a program may move the offset
	args  []string
	env   []string    // "NAME=value" each, beside those of the language
	files []tree.File // put into the working directory
	// expected is a guess at how much the program writes.
	expected sandbox.Bytes
	// spill is the directory for a large output; see sandbox.Command.SpillDir.
	spill string
	// after, when set, is called when the program has ended, in its container; again when the run is tried again.
	after func(ctx context.Context, sb *sandbox.Sandbox) error
}

func newCompiledProgram(c *compiler, compiled *artifact.Compiled, entryPoint string) *compiledProgram {
	return &compiledProgram{
		compiler: c, compiled: compiled, entryPoint: entryPoint,
		forValidators: sync.OnceValues(func() ([]sandbox.File, error) { return c.filesForValidators(compiled) }),
		beside:        sync.OnceValues(func() ([]sandbox.File, error) { return c.filesBesideProgram(compiled.Program.Files) }),
		command: sync.OnceValue(func() sandbox.Command {
			return compiled.Program.Command(c.judge.cfg.Languages.Table(), c.problem.Limits.Memory)
		}),
	}
}

func (p *compiledProgram) release() { p.compiler.judge.artifacts.Release(p.compiled) }

// cpuSlack is added to the limits that the sandbox enforces, so that a run is killed only when it is over the
// limit in the units of the report too.
const (
	cpuSlack  = time.Microsecond
	wallSlack = 10 * time.Millisecond
)

// run runs the program once, in a clean container. A fault of the container is tried again in others.
func (p *compiledProgram) run(ctx context.Context, in runInput, limits classify.Limits) (facts classify.Facts, err error) {
	err = p.compiler.judge.leased(ctx, func(sb *sandbox.Sandbox) error {
		facts, err = p.runIn(ctx, sb, in, limits)
		return err
	})
	return facts, err
}

func (p *compiledProgram) runIn(ctx context.Context, sb *sandbox.Sandbox, in runInput, limits classify.Limits) (classify.Facts, error) {
	input, err := in.open()
	if err != nil {
		return classify.Facts{}, fmt.Errorf("open test data: %w", err)
	}
	defer input.Close()
	stdin, err := p.putInput(ctx, sb, input)
	if err != nil {
		return classify.Facts{}, err
	}
	cmd, err := p.prepare(ctx, sb, in, limits)
	if err != nil {
		return notPut(err)
	}
	cmd.Stdin = stdin
	r, err := sb.Run(ctx, cmd)
	if err != nil {
		return classify.Facts{}, fmt.Errorf("run program: %w", err)
	}
	if r.KilledBy == sandbox.KillCancel {
		return classify.Facts{}, context.Cause(ctx)
	}
	if in.after != nil {
		if err := in.after(ctx, sb); err != nil {
			r.Release()
			return classify.Facts{}, fmt.Errorf("collect files: %w", err)
		}
	}
	facts := p.facts(r)
	if err := p.takeOutput(ctx, sb, &facts, limits.Output); err != nil {
		return classify.Facts{}, err
	}
	// A contradiction found here is tried again with another container.
	if _, err = classify.Run(facts, limits, nil); err != nil {
		r.Release()
	}
	return facts, err
}

// notPut are the facts of a run whose program could not be put into a container, for a reason that lies in its files.
func notPut(err error) (classify.Facts, error) {
	var refused *sandbox.PutError
	var errno unix.Errno
	if !errors.As(err, &refused) || !refused.Refused() || !errors.As(err, &errno) {
		return classify.Facts{}, err
	}
	return classify.Facts{Result: sandbox.Result{Outcome: sandbox.OutcomeNotStarted, Errno: errno}}, nil
}

// put puts files into a container, if there are any.
func put(ctx context.Context, sb *sandbox.Sandbox, files []sandbox.File) error {
	if len(files) == 0 {
		return nil
	}
	return sb.Put(ctx, files...)
}

// putPackageFiles puts files of the package into an empty container. Those for which that is no place make it unusable.
func putPackageFiles(ctx context.Context, sb *sandbox.Sandbox, files []sandbox.File) error {
	err := put(ctx, sb, files)
	var refused *sandbox.PutError
	if errors.As(err, &refused) && refused.Refused() {
		return api.Refuse(verdict.ClassProblem, fmt.Errorf("files of the test case: %w", err))
	}
	if err != nil {
		return fmt.Errorf("put files of the test case: %w", err)
	}
	return nil
}

// facts adds to a result what the language tells of it.
func (p *compiledProgram) facts(r sandbox.Result) classify.Facts {
	return classify.Facts{Result: r, SaidOutOfMemory: p.compiler.language.SaidOutOfMemory(r.Stderr)}
}

// prepare puts the program and the files of a run into a container, and returns how to start it, save its standard input.
func (p *compiledProgram) prepare(ctx context.Context, sb *sandbox.Sandbox, in runInput, limits classify.Limits) (sandbox.Command, error) {
	program, problem := p.compiled.Program, p.compiler.problem
	files := make([]sandbox.File, len(in.files))
	for i, f := range in.files {
		file, err := packageFile(f)
		if err != nil {
			return sandbox.Command{}, err
		}
		files[i] = file
	}
	files = p.withoutExchanged(files)
	beside, err := p.beside()
	if err != nil {
		return sandbox.Command{}, err
	}
	// Those of the test case replace files of the same name. They go first: what does not fit then is the submission's.
	if err := putPackageFiles(ctx, sb, files); err != nil {
		return sandbox.Command{}, err
	}
	if err := put(ctx, sb, p.withoutExchanged(without(slices.Concat(beside, program.Files), files))); err != nil {
		return sandbox.Command{}, fmt.Errorf("put program: %w", err)
	}
	cmd := p.command()
	cmd.Args = slices.Concat(cmd.Args, in.args)
	cmd.Executable = p.compiled.Executable
	if len(in.env) > 0 {
		cmd.Env = sandbox.WithVariables(cmd.Env, in.env...)
	}
	cmd.Limits.CPU, cmd.Limits.Wall = limits.StopAfter+cpuSlack, limits.Wall+wallSlack
	cmd.Limits.Output, cmd.Limits.Files = limits.Output, fileRule(problem)
	cmd.ExpectedOutput, cmd.SpillDir = in.expected, in.spill
	return cmd, nil
}
