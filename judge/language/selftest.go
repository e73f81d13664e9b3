package language

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strings"
	"time"

	"github.com/gaveloj/gavel/sandbox"
)

// The hello programs run under limits that every sane toolchain keeps.
const (
	helloMemory = 256 * sandbox.MiB
	helloCPU    = 10 * time.Second
	helloWall   = 30 * time.Second
	helloWord   = "gavel"
)

// selfTest is the test of one language: it compiles and runs its test program. Close it.
type selfTest struct {
	table    *Table
	language *Language
	lease    leaseFunc
	prepared string // name of the cache to compile with; "" for none
	temp     string // as Config.Temp

	version    string
	program    *Program
	executable *os.File // owned; nil where there is none
}

func (s *selfTest) close() {
	if s.executable != nil {
		_ = s.executable.Close() // read only
	}
}

func (s *selfTest) run(ctx context.Context) error {
	for _, step := range []func(context.Context, *sandbox.Sandbox) error{s.askVersion, s.compile, s.hello} {
		if err := s.lease(ctx, func(sb *sandbox.Sandbox) error { return step(ctx, sb) }); err != nil {
			return err
		}
	}
	return nil
}

func (s *selfTest) askVersion(ctx context.Context, sb *sandbox.Sandbox) error {
	l := s.language
	limits := l.Compile.Limits.Sandbox()
	limits.CPU, limits.Wall = helloCPU, helloWall
	r, err := sb.Run(ctx, sandbox.Command{Args: l.Version, Env: s.table.Env, Limits: limits})
	if err == nil {
		err = endedWell(r)
	}
	if err != nil {
		return fmt.Errorf("run %s: %w", strings.Join(l.Version, " "), err)
	}
	if s.version = firstLine(r.Stdout); s.version == "" {
		s.version = firstLine(r.Stderr)
	}
	return nil
}

func (s *selfTest) compile(ctx context.Context, sb *sandbox.Sandbox) error {
	h := s.language.Hello
	if s.prepared != "" && s.language.Prepare.Hello != (Hello{}) {
		h = s.language.Prepare.Hello
	}
	u, err := NewUnit(s.language, []sandbox.File{{Path: h.File, Data: []byte(h.Source)}}, "")
	if err != nil {
		return err
	}
	u.prepared = s.prepared
	c, err := Compile(ctx, sb, s.table, u, Limits{})
	if err != nil {
		return fmt.Errorf("compile hello program: %w", err)
	}
	defer c.Close()
	if c.Failure != "" {
		return fmt.Errorf("compile hello program: %s: %s", c.Failure, firstLine([]byte(c.Log)))
	}
	s.program = c.Program
	if c.Executable != nil {
		s.executable, err = copyProgram(c.Executable, s.temp)
	}
	return err
}

// copyProgram copies a program out of its container, where nothing may be executed, into a file in dir without a name.
// It opens the copy again for reading, because the kernel executes no file that is open for writing.
func copyProgram(program *os.File, dir string) (_ *os.File, err error) {
	tmp, err := os.CreateTemp(dir, "gavel-hello-*")
	if err != nil {
		return nil, fmt.Errorf("copy hello program: %w", err)
	}
	defer func() { err = errors.Join(err, os.Remove(tmp.Name())) }()
	_, err = io.Copy(tmp, io.NewSectionReader(program, 0, math.MaxInt64))
	if err = errors.Join(err, tmp.Chmod(0o555), tmp.Close()); err != nil {
		return nil, fmt.Errorf("copy hello program: %w", err)
	}
	return os.Open(tmp.Name())
}

func (s *selfTest) hello(ctx context.Context, sb *sandbox.Sandbox) error {
	input, err := sandbox.MemFile("hello", []byte(helloWord+"\n"))
	if err != nil {
		return fmt.Errorf("make input of hello program: %w", err)
	}
	defer input.Close()
	if err := sb.Put(ctx, s.program.Files...); err != nil {
		return fmt.Errorf("put hello program: %w", err)
	}
	cmd := s.program.Command(s.table, helloMemory)
	cmd.Executable, cmd.Stdin = s.executable, input
	cmd.Limits.CPU, cmd.Limits.Wall, cmd.Limits.Output = helloCPU, helloWall, sandbox.MiB
	cmd.Limits.Files = sandbox.FilesReadOnly // the least that a problem gives
	r, err := sb.Run(ctx, cmd)
	if err == nil {
		err = endedWell(r)
	}
	if err != nil {
		return fmt.Errorf("run hello program: %w", err)
	}
	if got, want := strings.TrimSpace(string(r.Stdout)), "hello "+helloWord; got != want {
		return fmt.Errorf("hello program printed %q, want %q", firstLine(r.Stdout), want)
	}
	return nil
}
