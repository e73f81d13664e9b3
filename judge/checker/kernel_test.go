package checker_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gaveloj/gavel/judge/checker"
	"github.com/gaveloj/gavel/sandbox"
	_ "github.com/gaveloj/gavel/sandbox/container/hook"
	"github.com/gaveloj/gavel/sandbox/pool"
	"github.com/gaveloj/gavel/sandbox/sandboxtest"
)

// bench is what the kernel tests run validators on.
type bench struct {
	pool          *pool.Pool
	input, answer string // paths on the host
	leased        *sandbox.Sandbox
}

func newBench(t testing.TB) *bench {
	t.Helper()
	sandboxtest.Require(t, sandboxtest.Root, sandboxtest.Cgroup)
	sandboxtest.NoLeaks(t)
	p, err := pool.New(t.Context(), pool.Config{Slots: 1})
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{pool: p, input: filepath.Join(t.TempDir(), "1.in"), answer: filepath.Join(t.TempDir(), "1.ans")}
	t.Cleanup(func() {
		b.release()
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	for path, text := range map[string]string{b.input: "the input\n", b.answer: "the answer\n"} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

// run runs a shell script as validator in a container of its own.
func (b *bench) run(ctx context.Context, t *testing.T, script string, in checker.Invocation) (checker.Result, error) {
	t.Helper()
	return b.runAs(ctx, t, checker.Program{}, script, in)
}

// runAs runs a shell script as the program v.
func (b *bench) runAs(ctx context.Context, t *testing.T, v checker.Program, script string, in checker.Invocation) (checker.Result, error) {
	t.Helper()
	in = b.open(t, in)
	return checker.Run(ctx, b.lease(ctx, t), scripted(v, script), in)
}

// open fills in what every invocation needs.
func (b *bench) open(t testing.TB, in checker.Invocation) checker.Invocation {
	t.Helper()
	for path, to := range map[string]**os.File{b.input: &in.Input, b.answer: &in.Answer} {
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = f.Close() })
		*to = f
	}
	if in.Limits == (sandbox.Limits{}) {
		in.Limits = limits
	}
	return in
}

// limits are those of programs that are given no others.
var limits = sandbox.Limits{CPU: 10 * time.Second, Wall: 30 * time.Second, Memory: 64 * sandbox.MiB, Output: sandbox.MiB}

// lease lends a container until the end of the test, or until another one is asked for.
func (b *bench) lease(ctx context.Context, t *testing.T) *sandbox.Sandbox {
	t.Helper()
	b.release()
	sb, err := b.pool.Lease(ctx)
	if err != nil {
		t.Fatal(err)
	}
	b.leased = sb
	return sb
}

func (b *bench) release() {
	if b.leased != nil {
		b.pool.Release(b.leased)
		b.leased = nil
	}
}

// scripted makes a shell script the program v.
func scripted(v checker.Program, script string) checker.Program {
	path := checker.ProgramDir + "/check.sh"
	v.Args = []string{"/bin/sh", path}
	v.Files = []sandbox.File{{Path: path, Data: []byte(script)}}
	return v
}

func TestRun(t *testing.T) {
	const ac, wa, je = checker.Accepted, checker.Wrong, checker.Error
	big := strings.Repeat("x", 200_000)
	tests := map[string]struct {
		script      string
		want        checker.Decision
		judge, team string // what the messages contain, nothing when empty
	}{
		"accepted":          {"exit 42", ac, "", ""},
		"wrong":             {"exit 43", wa, "", ""},
		"messages":          {"echo for judges >$3/judgemessage.txt; echo for the team >$3/teammessage.txt; exit 43", wa, "for judges\n", "for the team\n"},
		"slash":             {`case "$3" in */) exit 42;; esac; exit 43`, ac, "", ""},
		"feedback is empty": {`test -z "$(ls -A "$3")" && test -w "$3" && exit 42; exit 43`, ac, "", ""},
		"input":             {`test "$(cat "$1")" = "the input" && exit 42; exit 43`, ac, "", ""},
		"answer":            {`test "$(cat "$2")" = "the answer" && exit 42; exit 43`, ac, "", ""},
		"read twice":        {`cat "$1" >/dev/null; test "$(cat "$1")" = "the input" && exit 42; exit 43`, ac, "", ""},
		"output":            {`test "$(cat)" = "the output" && exit 42; exit 43`, ac, "", ""},
		"output unread":     {"exit 42", ac, "", ""},
		"arguments":         {`test "$*" = "$1 $2 $3 a b c" && test "$5" = "b c" && exit 42; exit 43`, ac, "", ""},
		"cannot write":      {`echo x >"$1"; echo x >>"$2"; exit 42`, ac, "", ""},
		"stdout is debug":   {"echo 43; exit 42", ac, "", ""},

		"exit 0":          {"exit 0", je, "exit code 0", ""},
		"exit 1 and word": {"echo no such luck >&2; exit 1", je, "exit code 1; it must be 42 (accepted) or 43 (wrong answer); the end of its standard error: no such luck", ""},
		"signal":          {"kill -SEGV $$", je, "signal SIGSEGV", ""},
		"crash, message":  {"echo was here >$3/judgemessage.txt; exit 7", je, "was here", ""},
		"floods":          {"while :; do echo " + strings.Repeat("y", 1000) + "; done", je, "output limit of 1048576 bytes", ""},
		"eats memory":     {"x=" + big[:1000] + "; while :; do x=$x$x; done", je, "", ""},
		"leaves children": {"sleep 100 & exit 42", ac, "", ""},

		"long message":         {"head -c 200000 /dev/zero | tr '\\0' x >$3/judgemessage.txt; exit 43", wa, big[:65536], ""},
		"message is no UTF-8":  {`printf 'a\377b' >$3/teammessage.txt; exit 43`, wa, "", "a\uFFFDb"},
		"message is a FIFO":    {"mkfifo $3/judgemessage.txt $3/teammessage.txt; exit 42", ac, "", ""},
		"message is a link":    {"ln -s /etc/passwd $3/judgemessage.txt; ln -s /judge/answer $3/teammessage.txt; exit 42", ac, "", ""},
		"message is a dir":     {"mkdir $3/judgemessage.txt; exit 42", ac, "", ""},
		"feedback is gone":     {"rm -rf $3; exit 43", wa, "", ""},
		"feedback is replaced": {"rm -rf $3; ln -s /etc /tmp/feedback; exit 43", wa, "", ""},
	}
	b := newBench(t)
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := b.run(t.Context(), t, tt.script, checker.Invocation{Output: []byte("the output\n"), Args: []string{"a", "b c"}})
			if err != nil {
				t.Fatal(err)
			}
			if got.Decision != tt.want || !strings.Contains(got.JudgeMessage, tt.judge) || got.TeamMessage != tt.team {
				t.Errorf("Run = %v, judge %.200q, team %.200q; want %v, %.200q, %q", got.Decision, got.JudgeMessage, got.TeamMessage, tt.want, tt.judge, tt.team)
			}
			if tt.want != je && tt.judge == "" && got.JudgeMessage != "" {
				t.Errorf("unwanted message %q", got.JudgeMessage)
			}
			if len(got.JudgeMessage) > int(checker.MaxMessage) {
				t.Errorf("message of %d bytes", len(got.JudgeMessage))
			}
			if got.Usage.Wall <= 0 || got.Usage.PeakMemory <= 0 {
				t.Errorf("usage is %+v", got.Usage)
			}
		})
	}
}

func TestRunTimeLimits(t *testing.T) {
	tests := map[string]struct {
		script    string
		cpu, wall time.Duration
		want      string
	}{
		"endless": {"while :; do :; done", 200 * time.Millisecond, 30 * time.Second, "time limit of 200ms CPU time"},
		"asleep":  {"sleep 100", 10 * time.Second, 500 * time.Millisecond, "time limit of 500ms wall time"},
	}
	b := newBench(t)
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			in := checker.Invocation{Limits: sandbox.Limits{CPU: tt.cpu, Wall: tt.wall, Memory: 64 * sandbox.MiB}}
			got, err := b.run(t.Context(), t, tt.script, in)
			if err != nil || got.Decision != checker.Error || !strings.Contains(got.JudgeMessage, tt.want) {
				t.Errorf("Run = %+v, %v, want %q", got, err, tt.want)
			}
		})
	}
}

func TestRunLargeOutput(t *testing.T) {
	b := newBench(t)
	output := make([]byte, 20<<20)
	in := checker.Invocation{Output: output, Limits: sandbox.Limits{CPU: 10 * time.Second, Wall: 20 * time.Second, Memory: 64 * sandbox.MiB, Output: sandbox.MiB}}
	got, err := b.run(t.Context(), t, fmt.Sprintf(`test "$(wc -c)" -eq %d && exit 42; exit 43`, len(output)), in)
	if err != nil || got.Decision != checker.Accepted {
		t.Errorf("Run = %+v, %v", got, err)
	}
}

func TestRunCanceled(t *testing.T) {
	b := newBench(t)
	reason := errors.New("withdrawn")
	ctx, cancel := context.WithCancelCause(t.Context())
	timer := time.AfterFunc(300*time.Millisecond, func() { cancel(reason) })
	defer timer.Stop()
	_, err := b.run(ctx, t, "sleep 100", checker.Invocation{})
	if !errors.Is(err, reason) {
		t.Errorf("Run = %v, want %v", err, reason)
	}
	got, err := b.run(t.Context(), t, "exit 42", checker.Invocation{})
	if want := checker.Accepted; err != nil || !cmp.Equal(want, got.Decision) {
		t.Errorf("after that, Run = %+v, %v, want %v", got, err, want)
	}
}
