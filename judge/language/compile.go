package language

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"strings"
	"time"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/sandbox"
)

// Compilation is the outcome of compiling a unit. Close it.
type Compilation struct {
	// Failure is empty when there is a program; otherwise why there is none: ReasonCompiler, ReasonCompileLimit
	// or ReasonNoProgram.
	Failure verdict.Reason
	// Log is what the compiler said, and what is to be said about it: valid UTF-8, cut at the language's cap.
	Log       string
	Truncated bool
	// FullLog is the log before it was cut; "" where Log is all of it.
	FullLog string

	CPU, Wall  time.Duration
	PeakMemory sandbox.Bytes
	abnormal   bool // a step could not be started, or ended as compilers do not end that found something wrong

	Program *Program
	// Executable is the native program, opened in the container for reading; nil where the language has none.
	Executable *os.File
}

// Close gives the executable back.
func (c *Compilation) Close() error {
	if c.Executable == nil {
		return nil
	}
	return c.Executable.Close()
}

// Compile compiles u in sb, which must be fresh from a lease. limits, where set, replace those of the language.
// Whatever the sources do to the compiler is a Compilation; an error is a fault.
func Compile(ctx context.Context, sb *sandbox.Sandbox, t *Table, u *Unit, limits Limits) (*Compilation, error) {
	j := &compilation{
		sb: sb, unit: u, env: u.values().env(t.Env, u.Language.Compile.Env),
		limits: u.Language.Compile.Limits.or(limits), out: &Compilation{},
	}
	if err := j.put(ctx); err != nil {
		return nil, err
	}
	if j.out.Failure == "" {
		if err := j.steps(ctx); err != nil {
			return nil, err
		}
	}
	if j.out.Failure == "" {
		if err := j.collect(ctx); err != nil {
			_ = j.out.Close() // the fault is what counts
			return nil, err
		}
	}
	j.tell(int(u.Language.Compile.LogCap))
	return j.out, nil
}

// put puts the sources into the container.
func (j *compilation) put(ctx context.Context) error {
	err := j.sb.Put(ctx, j.unit.Files...)
	var refused *sandbox.PutError
	if errors.As(err, &refused) && refused.Refused() {
		j.fail(verdict.ReasonCompileLimit, "the source files cannot be put into a container: "+err.Error())
		return nil
	}
	if err != nil {
		return fmt.Errorf("put sources: %w", err)
	}
	return nil
}

// steps runs the steps of the language until one fails.
func (j *compilation) steps(ctx context.Context) error {
	for _, step := range j.unit.Language.Compile.Steps {
		if err := j.step(ctx, j.unit.step(step)); err != nil || j.out.Failure != "" {
			return err
		}
	}
	return nil
}

// or returns l with the fields that are set in over.
func (l Limits) or(over Limits) Limits {
	set := func(to *time.Duration, v time.Duration) {
		if v > 0 {
			*to = v
		}
	}
	set(&l.CPU, over.CPU)
	set(&l.Wall, over.Wall)
	if over.Memory > 0 {
		l.Memory = over.Memory
	}
	return l
}

// compilation is one compilation under way.
type compilation struct {
	sb     *sandbox.Sandbox
	unit   *Unit
	env    []string
	limits Limits // what is left of them, for time
	log    bytes.Buffer
	note   string // what is to be said about it
	out    *Compilation
}

// step runs one command of the compilation.
func (j *compilation) step(ctx context.Context, args []string) error {
	limits := j.limits.Sandbox()
	// What is beyond is thrown away: warnings are no error however many there are, and a compiler that prints for ever
	// has limits of time.
	kept := limits.Output
	limits.Output = 0
	r, err := j.sb.Run(ctx, sandbox.Command{
		Args: args, Env: j.env, Limits: limits, MakeDirs: j.unit.directories(), Capture: kept,
	})
	if err != nil {
		return fmt.Errorf("run %s: %w", args[0], err)
	}
	if r.KilledBy == sandbox.KillCancel {
		return fmt.Errorf("run %s: %w", args[0], context.Cause(ctx))
	}
	if r.Outcome == sandbox.OutcomeNotStarted { // of the arguments, only the names of the files are not the language's
		j.out.abnormal = startFault(r.Errno)
		j.fail(verdict.ReasonCompileLimit, fmt.Sprintf("%s could not be started with these source files: %v", args[0], r.Errno))
		return nil
	}
	j.log.Write(r.Stdout)
	j.log.Write(r.Stderr)
	j.out.CPU += r.CPU
	j.out.Wall += r.Wall
	j.out.PeakMemory = max(j.out.PeakMemory, r.PeakMemory)
	if limit := j.exceeded(r); limit != "" {
		j.fail(verdict.ReasonCompileLimit, "compilation stopped: more than "+limit)
		return nil
	}
	j.limits.CPU = max(j.limits.CPU-r.CPU, time.Millisecond)
	j.limits.Wall = max(j.limits.Wall-(r.Wall-r.RunDelay), time.Millisecond)
	switch {
	case r.Outcome == sandbox.OutcomeSignaled:
		j.out.abnormal = true
		j.fail(verdict.ReasonCompiler, fmt.Sprintf("%s was ended by signal %d (%v)", args[0], int(r.Signal), r.Signal))
	case r.ExitCode != 0:
		j.out.abnormal = abnormalExit(r.ExitCode)
		j.fail(verdict.ReasonCompiler, "")
	}
	return nil
}

// exceeded names the limit that a step went over; "" for none. A compiler driver that lost its compiler to the
// memory limit exits by itself, so the count of kills is asked too.
func (j *compilation) exceeded(r sandbox.Result) string {
	switch {
	case r.OOMKills > 0:
		return fmt.Sprintf("%d MiB of memory", j.limits.Memory/sandbox.MiB)
	case r.KilledBy == sandbox.KillCPU:
		return "the allowed CPU time, " + j.out.CPU.Round(time.Millisecond).String() + " used"
	case r.KilledBy == sandbox.KillWall:
		return "the allowed time, " + j.out.Wall.Round(time.Millisecond).String() + " used"
	}
	return ""
}

func (j *compilation) fail(reason verdict.Reason, message string) {
	j.out.Failure = reason
	j.note = message
}

// tell makes the log of at most most bytes, in which the note survives the cut.
func (j *compilation) tell(most int) {
	if b := j.log.Bytes(); j.note != "" && len(b) > 0 && b[len(b)-1] != '\n' {
		j.log.WriteByte('\n')
	}
	note := ""
	if j.note != "" {
		note, _ = cutLog([]byte(j.note+"\n"), most)
	}
	said, truncated := cutLog(j.log.Bytes(), most-len(note))
	j.out.Log, j.out.Truncated = said+note, truncated
	if truncated {
		j.out.FullLog, _ = cutLog(append(j.log.Bytes(), note...), math.MaxInt)
	}
}

// collect takes the program out of the container.
func (j *compilation) collect(ctx context.Context) error {
	l := j.unit.Language
	j.out.Program = &Program{Language: l}
	switch l.Compile.Keep {
	case KeepExecutable:
		return j.collectExecutable(ctx)
	case KeepOutput:
		return j.collectOutput(ctx)
	case KeepSources:
		j.out.Program.Files = j.unit.Files
		j.out.Program.Entry = j.unit.MainFile
	}
	return nil
}

// collectExecutable takes the one file that is the program. What else the compiler may have left in its place
// is no program.
func (j *compilation) collectExecutable(ctx context.Context) error {
	f, err := j.sb.Open(ctx, outputPath)
	if isFault(ctx, err) {
		return fmt.Errorf("open compiled program: %w", err)
	}
	if err != nil {
		j.fail(verdict.ReasonNoProgram, "the compiler succeeded and left no program")
		return nil
	}
	j.out.Executable = f
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("look at compiled program: %w", err)
	}
	most := j.unit.Language.Compile.ArtifactCap
	if sandbox.Bytes(info.Size()) > most {
		j.fail(verdict.ReasonCompileLimit, fmt.Sprintf("the program has %d MiB, more than %d MiB",
			sandbox.Bytes(info.Size())/sandbox.MiB, most/sandbox.MiB))
		return nil
	}
	if !isELF(f) {
		j.fail(verdict.ReasonNoProgram, "what the compiler left is no program")
	}
	return nil
}

// isFault tells errors of the container from those of what the compiler left in it.
func isFault(ctx context.Context, err error) bool {
	return err != nil && (ctx.Err() != nil || errors.Is(err, sandbox.ErrLost))
}

// isELF looks at the first bytes of a file without moving its offset.
func isELF(f io.ReaderAt) bool {
	magic := make([]byte, 4)
	_, err := f.ReadAt(magic, 0)
	return err == nil && string(magic) == "\x7fELF"
}

// collectOutput takes a directory of files, of which one is started.
func (j *compilation) collectOutput(ctx context.Context) error {
	files, err := j.sb.Collect(ctx, outputPath, j.unit.Language.Compile.ArtifactCap)
	switch {
	case isFault(ctx, err):
		return fmt.Errorf("collect compiled files: %w", err)
	case errors.Is(err, fs.ErrNotExist):
		files = nil
	case err != nil:
		j.fail(verdict.ReasonCompileLimit, "what the compiler left cannot be kept: "+err.Error())
		return nil
	}
	names := make([]string, len(files))
	for i, f := range files {
		names[i] = f.Path
	}
	j.out.Program.Files = files
	j.out.Program.Entry = j.unit.entryAmong(files)
	if j.out.Program.Entry == "" {
		j.out.Program.Entry, j.note = j.unit.likelyEntry(files)
	}
	if j.out.Program.Entry == "" {
		j.fail(verdict.ReasonNoProgram, fmt.Sprintf("nothing to start: there is no %s among %s",
			j.unit.wantedEntry(), listNames(names)))
	}
	return nil
}

// cutLog makes valid UTF-8 of at most most bytes.
func cutLog(log []byte, most int) (string, bool) {
	text := api.Storable(strings.ToValidUTF8(string(log), "\uFFFD"))
	if len(text) <= most {
		return text, false
	}
	return strings.ToValidUTF8(text[:most], ""), true
}
