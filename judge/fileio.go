package judge

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"

	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/judge/checker"
	"github.com/gaveloj/gavel/judge/classify"
	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/sandbox"
)

// inputMode lets programs open their input for reading and writing, as some streams do by themselves.
const inputMode fs.FileMode = 0o666

// exchangeFiles are the names of the files through which a problem gives the input and takes the output; none in most.
func exchangeFiles(p *problem.Problem) []string {
	return slices.DeleteFunc([]string{p.InputFile, p.OutputFile}, func(name string) bool { return name == "" })
}

// withoutExchanged leaves out what has the name of one of them: what was submitted is no input and no output.
func (p *compiledProgram) withoutExchanged(files []sandbox.File) []sandbox.File {
	exchanged := exchangeFiles(p.compiler.problem)
	return slices.DeleteFunc(files, func(f sandbox.File) bool { return slices.Contains(exchanged, f.Path) })
}

// putInput puts the input into the file in which the program looks for it, and returns what its standard input is then.
func (p *compiledProgram) putInput(ctx context.Context, sb *sandbox.Sandbox, input *os.File) (stdin *os.File, err error) {
	name := p.compiler.problem.InputFile
	if name == "" {
		return input, nil
	}
	return nil, putPackageFiles(ctx, sb, []sandbox.File{{Path: name, Mode: inputMode, From: input}})
}

// takeOutput puts the output file in the place of standard output, where the problem has one. Whatever a program makes of
// that name, it is no fault: what is no regular file is not followed, waited for or read.
func (p *compiledProgram) takeOutput(ctx context.Context, sb *sandbox.Sandbox, f *classify.Facts, most sandbox.Bytes) error {
	name := p.compiler.problem.OutputFile
	if name == "" {
		return nil
	}
	printed := len(f.Stdout) > 0
	f.ForgetStdout()
	file, err := sb.Open(ctx, name)
	var errno unix.Errno
	switch {
	case err == nil:
		return readOutput(file, f, most)
	case errors.Is(err, fs.ErrNotExist):
		f.NoOutput = "the submission wrote no file " + name + ", from which this problem takes the output"
		if printed {
			f.NoOutput += "; what it printed is not looked at"
		}
	case errors.As(err, &errno) && slices.Contains(noOutputErrnos, errno):
		f.NoOutput = "the submission made " + name + ", from which this problem takes the output, something that is no readable file"
	default:
		return fmt.Errorf("open output file: %w", err)
	}
	return nil
}

// noOutputErrnos are those by which a file that the program made, or the directory it is in, refuses to be opened.
var noOutputErrnos = []unix.Errno{
	unix.EACCES, // of a worker that is an ordinary user, whose id the program has
	unix.EINVAL, // no regular file
	unix.ELOOP,  // a symbolic link
	unix.ENOTDIR,
	unix.ENXIO, // a socket
	unix.EPERM,
}

// readOutput reads the output, and takes ownership of file. Where the sandbox could not measure it, it is measured here.
func readOutput(file *os.File, f *classify.Facts, most sandbox.Bytes) error {
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return fmt.Errorf("read output file: %w", err)
	}
	f.OutputBytes = max(f.OutputBytes, sandbox.Bytes(info.Size()))
	if f.Stdout, err = io.ReadAll(io.LimitReader(file, int64(most))); err != nil {
		return fmt.Errorf("read output file: %w", err)
	}
	return nil
}

// withoutOutput is what a checker would say of a run that left no output file.
func withoutOutput(why string) checker.Result {
	return checker.Result{Decision: checker.Wrong, Reason: verdict.ReasonNoOutput, JudgeMessage: why, TeamMessage: why}
}
