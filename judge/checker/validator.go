package checker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/gaveloj/gavel/sandbox"
)

// Where a validator finds its files. The sandbox makes the first two as symbolic links to /proc/self/fd/3
// and /proc/self/fd/4, so that one copy on the host serves every container.
const (
	inputPath    = "/judge/input"
	answerPath   = "/judge/answer"
	feedbackPath = "/w/feedback/" // with the slash: validators append file names to it
)

// Program is a validator that is ready to run.
type Program struct {
	Protocol Protocol
	// Args is how to start it, by absolute path in the container; the arguments of the protocol follow it.
	Args []string
	// Executable, when set, is what to execute in place of Args[0]. Borrowed.
	Executable *os.File
	// Files are put into the container before the run.
	Files []sandbox.File
}

// Invocation is one output to be looked at.
type Invocation struct {
	// Input and Answer are the files of the test case, opened for reading. Borrowed. Programs open them again by
	// name, as the container's user, so their permission bits must let everybody read.
	Input, Answer *os.File
	// Output is what the team's program wrote: the validator's standard input.
	Output []byte
	// Args follow the feedback directory.
	Args []string
	// Limits are those of the package for validators. Output bounds standard output and standard error, and
	// each feedback file.
	Limits sandbox.Limits
}

// Run runs a custom output validator in sb, which must be fresh from a lease: empty and used by nobody else.
// Whatever the validator does is a Result. An error is a fault of the sandbox, or of files in memory.
func Run(ctx context.Context, sb *sandbox.Sandbox, v Program, in Invocation) (Result, error) {
	call, err := Prepare(ctx, sb, v, in)
	if err != nil {
		return Result{}, err
	}
	defer call.Close()
	facts, err := sb.Run(ctx, call.Command)
	if err != nil {
		return Result{}, fmt.Errorf("run validator: %w", err)
	}
	if facts.KilledBy == sandbox.KillCancel {
		return Result{}, fmt.Errorf("run validator: %w", context.Cause(ctx))
	}
	return call.Finish(ctx, facts)
}

// Call is one run of a validator, for who runs the command by other means: an interactive run sets the command's
// Stdin and Stdout. Close it.
type Call struct {
	Command sandbox.Command

	sandbox *sandbox.Sandbox
	in      Invocation
	stdin   *os.File // nil when the caller brings one
}

// Prepare puts the validator into sb, which must be fresh from a lease, and says how to start it.
func Prepare(ctx context.Context, sb *sandbox.Sandbox, v Program, in Invocation) (*Call, error) {
	if err := sb.Put(ctx, v.Files...); err != nil {
		return nil, fmt.Errorf("put validator: %w", err)
	}
	stdin, err := sandbox.MemFile("team-output", in.Output)
	if err != nil {
		return nil, fmt.Errorf("prepare output for validator: %w", err)
	}
	return &Call{Command: command(v, in, stdin), sandbox: sb, in: in, stdin: stdin}, nil
}

// Finish reads the answer of a validator whose run gave these facts.
func (c *Call) Finish(ctx context.Context, facts sandbox.Result) (Result, error) {
	r := decide(facts, c.in.Limits)
	return r, readMessages(ctx, c.sandbox, &r)
}

// Close gives up what Prepare made for the run.
func (c *Call) Close() {
	_ = c.stdin.Close() // in memory, and the container has its own
}

// command is the invocation by the protocol.
func command(v Program, in Invocation, stdin *os.File) sandbox.Command {
	limits := in.Limits
	limits.FileSize = limits.Output
	return sandbox.Command{
		Args:       slices.Concat(v.Args, []string{inputPath, answerPath, feedbackPath}, in.Args),
		Executable: v.Executable,
		Stdin:      stdin,
		ExtraFiles: []*os.File{in.Input, in.Answer},
		MakeDirs:   []string{feedbackPath},
		Limits:     limits,
	}
}

// readMessages adds the validator's messages to r.
func readMessages(ctx context.Context, sb *sandbox.Sandbox, r *Result) error {
	judge, err := readFeedback(ctx, sb, "judgemessage.txt")
	if err != nil {
		return err
	}
	r.JudgeMessage = joinMessages(r.JudgeMessage, judge)
	r.TeamMessage, err = readFeedback(ctx, sb, "teammessage.txt")
	return err
}

// readFeedback reads a file that the validator may have written. One that is missing, or is no regular file, was
// not written.
func readFeedback(ctx context.Context, sb *sandbox.Sandbox, name string) (string, error) {
	f, err := sb.Open(ctx, feedbackPath+name)
	switch {
	case errors.Is(err, sandbox.ErrLost):
		return "", fmt.Errorf("read %s of validator: %w", name, err)
	case err != nil:
		return "", nil
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, int64(MaxMessage)))
	if err != nil {
		return "", fmt.Errorf("read %s of validator: %w", name, err)
	}
	return clip(text, int(MaxMessage)), nil
}

func joinMessages(ours, theirs string) string {
	if ours == "" || theirs == "" {
		return ours + theirs
	}
	return clip([]byte(ours+"\n"+theirs), int(MaxMessage))
}
