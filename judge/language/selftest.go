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

	"golang.org/x/sync/errgroup"

	"github.com/gaveloj/gavel/sandbox"
	"github.com/gaveloj/gavel/sandbox/pool"
)

// The hello programs run under limits that every sane toolchain keeps.
const (
	helloMemory = 256 * sandbox.MiB
	helloCPU    = 10 * time.Second
	helloWall   = 30 * time.Second
	helloWord   = "gavel"
)

// SelfTest compiles and runs the hello program of every language in containers of p and returns what works. A
// language that passed lately, with the same toolchain on the same host, is not tried again.
// prepared may be nil: then languages that need a cache are not available. An error is a fault of the host.
func SelfTest(ctx context.Context, t *Table, prepared *Prepared, p *pool.Pool) (*Offer, error) {
	if prepared == nil {
		prepared = &Prepared{}
	}
	o := &Offer{table: t, statuses: make([]Status, len(t.Languages))}
	tests := tester{table: t, prepared: prepared, pool: p, tested: newTestedStore(prepared.tested)}
	tests.tested.prune()
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(p.Slots())
	for i, l := range t.Languages {
		group.Go(func() error {
			o.statuses[i] = tests.status(groupCtx, l)
			return context.Cause(groupCtx)
		})
	}
	if err := group.Wait(); err != nil {
		return nil, fmt.Errorf("test languages: %w", err)
	}
	return o, nil
}

// tester tests the languages of a table.
type tester struct {
	table    *Table
	prepared *Prepared
	pool     *pool.Pool
	tested   testedStore
}

// status finds out what is the matter with one language.
func (t tester) status(ctx context.Context, l *Language) Status {
	s := Status{ID: l.ID, Name: l.Name}
	tools, err := t.table.tools(l)
	if err != nil {
		s.Reason = err.Error()
		return s
	}
	if l.Prepare != nil && t.prepared.dirs[l.ID] == "" {
		reason := "was not prepared"
		if err := t.prepared.errors[l.ID]; err != nil {
			reason = "could not be prepared: " + err.Error()
		}
		if !l.Prepare.Optional {
			s.Reason = reason
			return s
		}
		s.Warning = reason + "; compiling takes longer"
	}
	memory := t.tested.path(t.table, l, tools, t.prepared.dirs[l.ID])
	if s.Version, s.Available = t.tested.recall(memory); s.Available {
		return s
	}
	st := selfTest{table: t.table, language: l, pool: t.pool}
	if err := st.run(ctx); err != nil {
		s.Reason = "self-test failed: " + err.Error()
		return s
	}
	s.Available, s.Version = true, st.version
	t.tested.remember(memory, st.version)
	return s
}

// selfTest is the test of one language.
type selfTest struct {
	table    *Table
	language *Language
	pool     *pool.Pool

	version    string
	program    *Program
	executable *os.File // owned; nil where there is none
}

func (s *selfTest) run(ctx context.Context) error {
	defer func() {
		if s.executable != nil {
			_ = s.executable.Close() // read only
		}
	}()
	for _, step := range []func(context.Context, *sandbox.Sandbox) error{s.askVersion, s.compile, s.hello} {
		if err := s.leased(ctx, step); err != nil {
			return err
		}
	}
	return nil
}

func (s *selfTest) leased(ctx context.Context, step func(context.Context, *sandbox.Sandbox) error) error {
	sb, err := s.pool.Lease(ctx)
	if err != nil {
		return fmt.Errorf("lease container: %w", err)
	}
	defer s.pool.Release(sb)
	return step(ctx, sb)
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
	u, err := NewUnit(s.language, []sandbox.File{{Path: h.File, Data: []byte(h.Source)}}, "")
	if err != nil {
		return err
	}
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
		s.executable, err = copyProgram(c.Executable)
	}
	return err
}

// copyProgram copies a program out of its container, where nothing may be executed, into a file without a name.
// It opens the copy again for reading, because the kernel executes no file that is open for writing.
func copyProgram(program *os.File) (_ *os.File, err error) {
	tmp, err := os.CreateTemp("", "gavel-hello-*")
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
	cmd := s.program.Command(s.table, helloMemory, nil)
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
		return errors.New("hello program printed something else")
	}
	return nil
}
