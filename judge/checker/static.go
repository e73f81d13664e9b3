package checker

import (
	"context"
	"slices"

	"github.com/gaveloj/gavel/sandbox"
)

// StaticInvocation is one submission for a static validator to look at.
type StaticInvocation struct {
	// Language is the code of the language as the package format has it, EntryPoint the main file or class; "" where
	// the language has none.
	Language, EntryPoint string
	// Args follow the feedback directory.
	Args []string
	// Submission is put into the working directory: the submitted files.
	Submission []sandbox.File
	Limits     sandbox.Limits // as in Invocation
}

// RunStatic runs a static validator in sb, which must be fresh from a lease:
//
//	validator LANGUAGE ENTRY_POINT FEEDBACK_DIR/ [ARGS]
//
// It exits 42 or 43 and leaves score files and messages as an output validator does, so its Result is of that kind.
func RunStatic(ctx context.Context, sb *sandbox.Sandbox, v Program, in StaticInvocation) (Result, error) {
	v.Protocol = Kattis
	return runWithFeedback(ctx, sb, v, Invocation{Submission: in.Submission, Limits: in.Limits},
		slices.Concat([]string{in.Language, in.EntryPoint, feedbackPath}, in.Args))
}

// runWithFeedback runs a program that is given nothing but arguments and a feedback directory.
func runWithFeedback(ctx context.Context, sb *sandbox.Sandbox, v Program, in Invocation, args []string) (Result, error) {
	if err := v.put(ctx, sb, nil, in.Submission); err != nil {
		return Result{}, err
	}
	c := &Call{sandbox: sb, program: v, in: in}
	c.Command = v.command(args, in.Limits)
	c.Command.MakeDirs = []string{feedbackPath}
	facts, err := c.run(ctx)
	if err != nil {
		return Result{}, err
	}
	return c.Finish(ctx, facts)
}

// command is how to start the program with these arguments.
func (v Program) command(args []string, limits sandbox.Limits) sandbox.Command {
	limits.FileSize = limits.Output
	return sandbox.Command{Args: slices.Concat(v.Args, args), Env: v.Env, Executable: v.Executable, Limits: limits}
}
