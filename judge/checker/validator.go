package checker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/sandbox"
)

// Program is a program of a problem package that is ready to run: an output validator, checker, interactor, static
// validator, grader, input validator or visualizer.
type Program struct {
	// Name is what it is called in messages; "" means "output validator".
	Name string
	// Protocol is how an output validator, checker or interactor is called; "" means Kattis. The functions for
	// programs of other kinds say what they make of it.
	Protocol Protocol
	// PointsScale is that of a testlib checker.
	PointsScale PointsScale
	// Args is how to start it, by absolute path in the container; the arguments of the protocol follow it.
	Args []string
	// Env is the whole environment; nil means the container's default.
	Env []string
	// Executable, when set, is what to execute in place of Args[0]. Borrowed.
	Executable *os.File
	// Files are put into the container before the run, in ProgramDir.
	Files []sandbox.File
}

func (v Program) protocol() Protocol {
	if v.Protocol == "" {
		return Kattis
	}
	return v.Protocol
}

func (v Program) name() string {
	if v.Name == "" {
		return "output validator"
	}
	return v.Name
}

// Invocation is one output to be looked at.
type Invocation struct {
	// Input and Answer are the files of the test case, opened for reading. Borrowed. In a later pass of a multi-pass
	// problem Input is that of the pass.
	Input, Answer *os.File
	// Output is what the team's program wrote. Not used with Interactive.
	Output []byte
	// OpenOutput opens a file that holds Output, or returns nil where there is none, since it is small enough for memory. May
	// be nil.
	OpenOutput func() (*os.File, error)
	// Args follow the arguments of the protocol.
	Args []string
	// Interactive says that the program runs beside the submission. Prepare leaves Command.Stdin and Stdout to the
	// caller, and an interactor of testlib is given the name of a file to write, see Call.ReadTout.
	Interactive bool
	// MultiPass says that the validator may ask for another pass by nextpass.in. Otherwise that is a file like any.
	MultiPass bool
	// Talk, where it is set, bounds what an interactor says to the submission, in place of Limits.Output, which then holds
	// for its files alone.
	Talk sandbox.Bytes
	// LegacyScores says that the rules of the legacy formats hold for score files: score.txt may be negative, and
	// score_multiplier.txt is a file like any.
	LegacyScores bool
	// ScoresOfWrong says that with LegacyScores a score counts beside a rejection too, as DOMjudge has it. By the format's
	// own text it is ignored.
	ScoresOfWrong bool
	// Feedback is put into the feedback directory before the run: Result.Feedback of the pass before.
	Feedback []sandbox.File
	// Submission is put into the working directory of the program: in format 2025-09 the submitted files, the compiled
	// ones and those of include. Otherwise the directory is empty.
	Submission []sandbox.File
	// Limits are those of the package for validators. Output bounds standard output, standard error and all files of
	// the feedback directory together; what Feedback brought does not count.
	Limits sandbox.Limits
}

// Run runs an output validator or checker in sb, which must be fresh from a lease: empty and used by nobody else.
// Whatever the validator does is a Result. An error is a fault of the sandbox, or of files in memory.
func Run(ctx context.Context, sb *sandbox.Sandbox, v Program, in Invocation) (Result, error) {
	call, err := Prepare(ctx, sb, v, in)
	if err != nil {
		return Result{}, err
	}
	defer call.Close()
	facts, err := call.run(ctx)
	if err != nil {
		return Result{}, err
	}
	return call.Finish(ctx, facts)
}

// Call is one run of a validator, for who runs the command by other means: an interactive run sets the command's
// Stdin and Stdout. Close it.
type Call struct {
	Command sandbox.Command

	sandbox *sandbox.Sandbox
	program Program
	in      Invocation
	output  *os.File // Invocation.Output; nil when it is put into the container from memory, or not used
}

// Prepare puts the validator into sb, which must be fresh from a lease, and says how to start it.
func Prepare(ctx context.Context, sb *sandbox.Sandbox, v Program, in Invocation) (_ *Call, err error) {
	if in.Interactive && !v.protocol().Interacts() {
		return nil, fmt.Errorf("%s by protocol %s cannot run beside a submission", v.name(), v.protocol())
	}
	c := &Call{sandbox: sb, program: v, in: in}
	var test []sandbox.File
	if v.protocol().hasFeedback() {
		test = carried(in.Feedback)
	}
	test = append(test,
		sandbox.File{Path: inputPath, Mode: 0o444, From: in.Input}, sandbox.File{Path: answerPath, Mode: 0o444, From: in.Answer})
	if c.output, err = v.openOutput(in); err != nil {
		return nil, fmt.Errorf("prepare output for %s: %w", v.name(), err)
	}
	switch {
	case in.Interactive, v.protocol() == Kattis:
	case c.output != nil:
		test = append(test, sandbox.File{Path: outputPath, Mode: 0o444, From: c.output})
	default:
		test = append(test, sandbox.File{Path: outputPath, Mode: 0o444, Data: in.Output})
	}
	if err := v.put(ctx, sb, test, in.Submission); err != nil {
		c.Close()
		return nil, err
	}
	c.Command = c.command()
	return c, nil
}

// openOutput is a file with the output, nil where none is needed.
func (v Program) openOutput(in Invocation) (f *os.File, err error) {
	if in.Interactive {
		return nil, nil
	}
	if in.OpenOutput != nil {
		f, err = in.OpenOutput()
	}
	if f == nil && err == nil && v.protocol() == Kattis {
		return sandbox.MemFile("team-output", in.Output)
	}
	return f, err
}

// put puts the files of the program and of the test into a container, and those of the submission. Its own come first:
// where they cannot be put there, the package is unusable.
func (v Program) put(ctx context.Context, sb *sandbox.Sandbox, test, submission []sandbox.File) error {
	err := sb.Put(ctx, slices.Concat(v.Files, test)...)
	var refused *sandbox.PutError
	if errors.As(err, &refused) && refused.Refused() {
		return api.Refuse(verdict.ClassChecker, fmt.Errorf("put %s: %w", v.name(), err))
	}
	if err == nil && len(submission) > 0 {
		err = sb.Put(ctx, submission...)
	}
	if err != nil {
		return fmt.Errorf("put %s: %w", v.name(), err)
	}
	return nil
}

// command is the invocation by the protocol.
func (c *Call) command() sandbox.Command {
	v, in := c.program, c.in
	cmd := sandbox.Command{
		Args:       slices.Concat(v.Args, v.protocol().arguments(in), in.Args),
		Env:        v.Env,
		Executable: v.Executable,
		Limits:     in.Limits,
	}
	if v.protocol() == Kattis {
		cmd.Stdin = c.output
	}
	cmd.Limits.FileSize = in.Limits.Output
	if in.Talk > 0 {
		cmd.Limits.Output, cmd.Capture = in.Talk, in.Limits.Output
	}
	if v.protocol().hasFeedback() {
		cmd.MakeDirs = feedbackDirs(in.Feedback)
	}
	return cmd
}

// run runs the command as it is.
func (c *Call) run(ctx context.Context) (sandbox.Result, error) {
	facts, err := c.sandbox.Run(ctx, c.Command)
	if err != nil {
		return sandbox.Result{}, fmt.Errorf("run %s: %w", c.program.name(), err)
	}
	if facts.KilledBy == sandbox.KillCancel {
		return sandbox.Result{}, fmt.Errorf("run %s: %w", c.program.name(), context.Cause(ctx))
	}
	return facts, nil
}

// Finish reads the answer of a validator whose run gave these facts.
func (c *Call) Finish(ctx context.Context, facts sandbox.Result) (Result, error) {
	r := reply{program: c.program, in: c.in, facts: facts}
	if c.program.protocol().hasFeedback() && facts.Outcome != sandbox.OutcomeNotStarted {
		var err error
		written := facts.OutputBytes
		if c.in.Talk > 0 {
			written = 0
		}
		if r.feedback, err = collectFeedback(ctx, c.sandbox, c.in, written); err != nil {
			return Result{}, fmt.Errorf("read feedback of %s: %w", c.program.name(), err)
		}
	}
	return r.result()
}

// ReadTout returns what an interactor of testlib wrote to the file that it was given in place of an output, which a
// checker then gets as the output. It is empty when there is none. Call it after the run.
func (c *Call) ReadTout(ctx context.Context) ([]byte, error) {
	f, err := c.sandbox.Open(ctx, toutPath)
	switch {
	case errors.Is(err, sandbox.ErrLost):
		return nil, fmt.Errorf("read output of %s: %w", c.program.name(), err)
	case err != nil:
		return nil, nil // what is missing, or is no regular file, was not written
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, int64(outputLimit(c.in.Limits))))
	if err != nil {
		return nil, fmt.Errorf("read output of %s: %w", c.program.name(), err)
	}
	return text, nil
}

// Close gives up what Prepare made for the run.
func (c *Call) Close() {
	if c.output != nil {
		_ = c.output.Close() // read only, and the container has its own
	}
}
