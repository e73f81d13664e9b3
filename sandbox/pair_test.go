package sandbox_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/sandbox"
	"github.com/gaveloj/gavel/sandbox/pool"
	"github.com/gaveloj/gavel/sandbox/sandboxtest"
)

// pairRuns is how often each talk is repeated: ends must not depend on luck. GAVEL_PAIR_RUNS asks for more.
func pairRuns(t *testing.T) int {
	t.Helper()
	text := os.Getenv("GAVEL_PAIR_RUNS")
	if text == "" {
		return 5
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// pairLimits are short ones.
func pairLimits() sandbox.Limits {
	return sandbox.Limits{
		CPU: sandboxtest.Slow(5 * time.Second), Wall: sandboxtest.Slow(patience), Memory: 64 * sandbox.MiB, Output: sandbox.MiB, Pids: 16,
	}
}

// wallOf is pairLimits with a wall limit.
func wallOf(wall time.Duration) sandbox.Limits {
	l := pairLimits()
	l.Wall = wall
	return l
}

// pairEnding is what must be the same in every run of a talk.
type pairEnding struct {
	program, interactor ending
	programFirst        bool
}

type pairCase struct {
	name                string
	program, interactor []string
	limits              [2]sandbox.Limits // zero means pairLimits
	want                pairEnding
	// or is how the program may end as well: which of the two is a matter of milliseconds.
	or ending
}

const (
	accepted = 42
	wrong    = 43
)

func goOn(r sandbox.Result) bool { return r.KilledBy == sandbox.KillNone && r.ExitCode == accepted }

func talk(args ...string) []string { return program("talk", args...) }

func pairCases() []pairCase {
	short := sandboxtest.Slow(150 * time.Millisecond)
	peer := killed(sandbox.KillPeer)
	deprived := exited(91) // of the input that it wanted to hear
	return []pairCase{
		{
			name:    "a good talk",
			program: talk("say 1", "hear 1", "say 2", "eof", "exit 0"), interactor: talk("hear 1", "say 1", "hear 2", "exit 42"),
			want: pairEnding{exited(0), exited(accepted), false},
		},
		{
			name:    "program ends first and well",
			program: talk("say 1", "exit 0"), interactor: talk("hear 1", "eof", "exit 42"),
			want: pairEnding{exited(0), exited(accepted), true},
		},
		{
			name:    "wrong answer, and the program would spin",
			program: talk("say 1", "spin"), interactor: talk("hear 1", "exit 43"),
			want: pairEnding{peer, exited(wrong), false},
		},
		{
			name:    "wrong answer, and the program fails at the end of its input",
			program: talk("say 1", "eof", "exit 1"), interactor: talk("hear 1", "exit 43"),
			want: pairEnding{peer, exited(wrong), false}, or: exited(1),
		},
		{
			name:    "wrong answer after the output was closed, and the program fails for it",
			program: talk("eof", "exit 1"), interactor: talk("closeout", "eof", "exit 43"),
			want: pairEnding{exited(1), exited(wrong), false},
		},
		{
			name:    "program crashes, and the interactor finds that wrong",
			program: talk("say 1", "hear 1", "crash"), interactor: talk("hear 1", "say 1", "eof", "exit 43"),
			want: pairEnding{signaled(syscall.SIGSEGV), exited(wrong), true},
		},
		{
			name:    "program crashes with nothing said",
			program: talk("crash"), interactor: talk("eof", "exit 43"),
			want: pairEnding{signaled(syscall.SIGSEGV), exited(wrong), true},
		},
		{
			name:    "program closes its output, lives on, and fails",
			program: talk("closeout", "sleep 30", "exit 3"), interactor: talk("eof", "exit 43"),
			want: pairEnding{exited(3), exited(wrong), true},
		},
		{
			name:    "program closes its input, and the interactor is not hurt",
			program: talk("closein", "say 1", "sleep 20", "exit 0"), interactor: talk("hear 1", "flood 4000000", "eof", "exit 42"),
			limits: [2]sandbox.Limits{{}, {CPU: 5 * time.Second, Wall: patience, Memory: 64 * sandbox.MiB, Output: 8 * sandbox.MiB, Pids: 16}},
			want:   pairEnding{exited(0), exited(accepted), true},
		},
		{
			name:    "program has ended, and the interactor is not hurt",
			program: talk("exit 0"), interactor: talk("sleep 20", "flood 4000000", "eof", "exit 42"),
			limits: [2]sandbox.Limits{{}, {CPU: 5 * time.Second, Wall: patience, Memory: 64 * sandbox.MiB, Output: 8 * sandbox.MiB, Pids: 16}},
			want:   pairEnding{exited(0), exited(accepted), true},
		},
		{
			name:    "interactor closes its input, and the program is not hurt",
			program: talk("hear 1", "flood 500000", "exit 0"), interactor: talk("closein", "say 1", "sleep 20", "exit 42"),
			want: pairEnding{exited(0), exited(accepted), true},
		},
		{
			name:    "accepted, and the program goes on and fails",
			program: talk("eof", "sleep 10", "exit 9"), interactor: talk("exit 42"),
			want: pairEnding{exited(9), exited(accepted), false},
		},
		{
			name:    "accepted, and the program spins on",
			program: talk("eof", "spin"), interactor: talk("exit 42"),
			limits: [2]sandbox.Limits{{CPU: 50 * time.Millisecond, Wall: patience}, {}},
			want:   pairEnding{killed(sandbox.KillCPU), exited(accepted), false},
		},
		{
			name:    "accepted, and the program writes on",
			program: talk("eof", "flood 100000000"), interactor: talk("exit 42"),
			want: pairEnding{killed(sandbox.KillOutput), exited(accepted), false},
		},
		{
			name:    "program spins while the interactor waits",
			program: talk("spin"), interactor: talk("eof", "exit 43"),
			limits: [2]sandbox.Limits{{CPU: 50 * time.Millisecond, Wall: patience}, {}},
			want:   pairEnding{killed(sandbox.KillCPU), peer, true},
		},
		{
			name:    "both wait",
			program: talk("hear 1"), interactor: talk("hear 1"),
			limits: [2]sandbox.Limits{wallOf(short), {}},
			want:   pairEnding{killed(sandbox.KillWall), peer, true},
		},
		{
			name:    "both write and do not read",
			program: talk("flood 1000000000000"), interactor: talk("flood 1000000000000"),
			limits: [2]sandbox.Limits{{Wall: short}, {Wall: patience}},
			want:   pairEnding{killed(sandbox.KillWall), peer, true},
		},
		{
			name:    "program sleeps",
			program: talk("sleep 30000"), interactor: talk("hear 1"),
			limits: [2]sandbox.Limits{wallOf(short), {}},
			want:   pairEnding{killed(sandbox.KillWall), peer, true},
		},
		{
			name:    "interactor sleeps",
			program: talk("hear 1"), interactor: talk("sleep 30000"),
			limits: [2]sandbox.Limits{wallOf(short), {}},
			want:   pairEnding{peer, killed(sandbox.KillWall), false},
		},
		{
			name:    "interactor spins",
			program: talk("hear 1"), interactor: talk("spin"),
			limits: [2]sandbox.Limits{wallOf(short), {CPU: 2 * short, Wall: patience}},
			want:   pairEnding{peer, killed(sandbox.KillCPU), false},
		},
		{
			name:    "interactor takes long, and then answers",
			program: talk("hear 1", "exit 0"), interactor: talk(fmt.Sprintf("burn %d", 5*short.Milliseconds()/3), "say 1", "eof", "exit 42"),
			limits: [2]sandbox.Limits{wallOf(short), {}},
			want:   pairEnding{exited(0), exited(accepted), true},
		},
		{
			name:    "interactor sleeps after the program's end",
			program: talk("exit 0"), interactor: talk("eof", "sleep 30000"),
			limits: [2]sandbox.Limits{{}, wallOf(short)},
			want:   pairEnding{exited(0), killed(sandbox.KillWall), true},
		},
		{
			name:    "program floods an interactor that reads",
			program: talk("flood 100000000"), interactor: talk("eof", "exit 43"),
			want: pairEnding{killed(sandbox.KillOutput), peer, true},
		},
		{
			name:    "interactor floods a program that reads",
			program: talk("eof", "exit 0"), interactor: talk("flood 100000000"),
			want: pairEnding{peer, killed(sandbox.KillOutput), false},
		},
		{
			name:    "program writes much and ends before it is read",
			program: talk("flood 900000", "exit 0"), interactor: talk("sleep 20", "count 900000", "exit 42"),
			want: pairEnding{exited(0), exited(accepted), true},
		},
		{
			name:    "program writes too much and ends before it is read",
			program: talk("flood 1000000", "say 1", "exit 0"), interactor: talk("sleep 30", "eof", "exit 42"),
			limits: [2]sandbox.Limits{{Output: 1_000_001, Wall: patience}, {}},
			want:   pairEnding{ending{Outcome: sandbox.OutcomeExited, KilledBy: sandbox.KillOutput}, peer, true}, or: killed(sandbox.KillOutput),
		},
		{
			name:    "interactor crashes",
			program: talk("hear 1"), interactor: talk("crash"),
			want: pairEnding{peer, signaled(syscall.SIGSEGV), false}, or: deprived,
		},
		{
			name:    "interactor exits with neither code",
			program: talk("hear 1"), interactor: talk("exit 0"),
			want: pairEnding{peer, exited(0), false}, or: deprived,
		},
		{
			name:    "interactor behind a shell",
			program: talk("say 1", "eof", "exit 1"), interactor: script(programsDir + `/talk "hear 1" "exit 43"; code=$?; exec >/dev/null; cat; exit $code`),
			want: pairEnding{exited(1), exited(wrong), false},
		},
	}
}

// newPair leases two containers.
func newPair(t testing.TB, p *pool.Pool) (program, interactor *sandbox.Sandbox) {
	t.Helper()
	program, interactor, err := p.LeasePair(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return program, interactor
}

func TestPair(t *testing.T) {
	p := newPool(t, 1)
	a, b := newPair(t, p)
	for _, test := range pairCases() {
		t.Run(test.name, func(t *testing.T) {
			cmds := sandbox.Pair{
				Program: sandbox.Command{Args: test.program, Limits: test.limits[0]}, LetFinish: goOn,
				Interactor: sandbox.Command{Args: test.interactor, Limits: test.limits[1]},
			}
			for _, c := range []*sandbox.Command{&cmds.Program, &cmds.Interactor} {
				if c.Limits == (sandbox.Limits{}) {
					c.Limits = pairLimits()
				}
			}
			for range pairRuns(t) {
				got, err := sandbox.RunPair(t.Context(), a, b, cmds)
				if err != nil {
					t.Fatal(err)
				}
				end := pairEnding{endingOf(got.Program), endingOf(got.Interactor), got.ProgramFirst}
				if end.program == test.or {
					end.program = test.want.program
				}
				if end.interactor == exited(accepted) { // who was first does not matter then, and may be luck
					end.programFirst = test.want.programFirst
				}
				if end != test.want {
					t.Fatalf("ended as %+v, want %+v\nprogram: %s\ninteractor: %s", end, test.want, describe(got.Program), describe(got.Interactor))
				}
			}
		})
	}
	usable(t, a)
	usable(t, b)
	alone(t, a)
	alone(t, b)
	p.Release(a)
}

func TestPairTranscript(t *testing.T) {
	p := newPool(t, 1)
	a, b := newPair(t, p)
	defer p.Release(a)
	got, err := sandbox.RunPair(t.Context(), a, b, sandbox.Pair{
		Program:    sandbox.Command{Args: talk("say one", "hear two", "err oops", "exit 0"), Limits: pairLimits()},
		Interactor: sandbox.Command{Args: talk("hear one", "say two", "eof", "err fine", "exit 42"), Limits: pairLimits()},
		LetFinish:  goOn,
	})
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, e := range got.Transcript.Beginning {
		said = append(said, fmt.Sprintf("%t %d %s", e.ByProgram, e.Size, e.Data))
		if e.At <= 0 || e.At > patience {
			t.Errorf("%q was said at %v", e.Data, e.At)
		}
	}
	if want := "true 4 one\n,false 4 two\n"; strings.Join(said, ",") != want {
		t.Errorf("transcript %q, want %q", said, want)
	}
	if string(got.Program.Stderr) != "oops\n" || string(got.Interactor.Stderr) != "fine\n" {
		t.Errorf("standard errors %q and %q", got.Program.Stderr, got.Interactor.Stderr)
	}
	if got.Program.OutputBytes != 9 || got.Interactor.OutputBytes != 9 {
		t.Errorf("wrote %d and %d bytes, want 9 each", got.Program.OutputBytes, got.Interactor.OutputBytes)
	}
}

func TestPairCanceled(t *testing.T) {
	p := newPool(t, 1)
	a, b := newPair(t, p)
	defer p.Release(a)
	ctx, cancel := context.WithCancel(t.Context())
	r, w := pipe(t)
	go func() { // ends with the run at the latest
		_, _ = r.Read(make([]byte, 1)) // the program runs
		cancel()
	}()
	got, err := sandbox.RunPair(ctx, a, b, sandbox.Pair{
		Program:    sandbox.Command{Args: script("printf x >&3; while :; do :; done"), Limits: pairLimits(), ExtraFiles: []*os.File{w}},
		Interactor: sandbox.Command{Args: talk("eof"), Limits: pairLimits()},
		LetFinish:  goOn,
	})
	if err != nil {
		t.Fatal(err)
	}
	wantEnding(t, got.Program, killed(sandbox.KillCancel))
	wantEnding(t, got.Interactor, killed(sandbox.KillCancel))
	if _, err := sandbox.RunPair(ctx, a, b, sandbox.Pair{}); !errors.Is(err, context.Canceled) {
		t.Errorf("RunPair() with a canceled context = %v", err)
	}
}

// A program that is to be killed for its interactor's end is killed, however late its container hears of that: it does not
// come to the end of its input first.
func TestPairKilledLate(t *testing.T) {
	p := newPool(t, 1)
	a, b := newPair(t, p)
	defer p.Release(a)
	r, w := pipe(t)
	goR, goW := pipe(t)
	ended := make(chan struct{})
	halted := make(chan error, 1)
	go func() { // joined below
		_, _ = r.Read(make([]byte, 1)) // the program runs
		err := syscall.Kill(a.Pid(), syscall.SIGSTOP)
		_, _ = goW.Write([]byte("y"))
		<-ended
		halted <- errors.Join(err, syscall.Kill(a.Pid(), syscall.SIGCONT))
	}()
	floods := pairLimits()
	floods.Output = 256 * sandbox.KiB
	got, err := sandbox.RunPair(t.Context(), a, b, sandbox.Pair{
		Program: sandbox.Command{Args: script("printf x >&3; exec cat >/dev/null"), Limits: pairLimits(), ExtraFiles: []*os.File{w}},
		Interactor: sandbox.Command{
			Args: script("head -c 1 <&3 >/dev/null; head -c 400000 /dev/zero >&2; exec sleep 100"), Limits: floods, ExtraFiles: []*os.File{goR},
		},
		LetFinish: func(res sandbox.Result) bool { close(ended); return goOn(res) },
	})
	if err := errors.Join(err, <-halted); err != nil {
		t.Fatal(err)
	}
	wantEnding(t, got.Program, killed(sandbox.KillPeer))
	wantEnding(t, got.Interactor, killed(sandbox.KillOutput))
}

func TestPairNotStarted(t *testing.T) {
	p := newPool(t, 1)
	a, b := newPair(t, p)
	defer p.Release(a)
	good, bad := talk("eof", "exit 42"), []string{"/nowhere"}
	for _, args := range [][2][]string{{good, bad}, {bad, good}, {bad, bad}} {
		_, err := sandbox.RunPair(t.Context(), a, b, sandbox.Pair{
			Program:    sandbox.Command{Args: args[0], Limits: pairLimits()},
			Interactor: sandbox.Command{Args: args[1], Limits: pairLimits()},
			LetFinish:  goOn,
		})
		var notStarted *sandbox.StartError
		if !errors.As(err, &notStarted) || !errors.Is(err, syscall.ENOENT) {
			t.Errorf("RunPair(%q) = %v, want that it cannot be started", args, err)
		}
	}
	usable(t, a)
	usable(t, b)
}

// A program or interactor that somebody brought and that the kernel refuses is a result, and the other one ends.
func TestPairRefused(t *testing.T) {
	p := newPool(t, 1)
	a, b := newPair(t, p)
	defer p.Release(a)
	for _, box := range []*sandbox.Sandbox{a, b} {
		if err := box.Put(t.Context(), sandbox.File{Path: "text", Data: []byte("text"), Mode: 0o755}); err != nil {
			t.Fatal(err)
		}
	}
	refused := sandbox.Result{Outcome: sandbox.OutcomeNotStarted, Errno: unix.ENOEXEC}
	tooLong := sandbox.Result{Outcome: sandbox.OutcomeNotStarted, Errno: unix.E2BIG}
	waits, text, long := talk("eof", "exit 42"), []string{"./text"}, []string{"true", strings.Repeat("x", 1<<20)}
	for name, tt := range map[string]struct {
		program, interactor              []string
		wantProgram, wantInteractor      sandbox.Result
		programIsKilled, interactorIsToo bool
	}{
		"program":                {program: text, interactor: waits, wantProgram: refused, interactorIsToo: true},
		"interactor":             {program: waits, interactor: text, wantInteractor: refused, programIsKilled: true},
		"both":                   {program: text, interactor: text, wantProgram: refused, wantInteractor: refused},
		"arguments of program":   {program: long, interactor: waits, wantProgram: tooLong, interactorIsToo: true},
		"arguments of the other": {program: text, interactor: long, wantProgram: refused, wantInteractor: tooLong},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := sandbox.RunPair(t.Context(), a, b, sandbox.Pair{
				Program:    sandbox.Command{Args: tt.program, Limits: pairLimits()},
				Interactor: sandbox.Command{Args: tt.interactor, Limits: pairLimits()},
				LetFinish:  func(r sandbox.Result) bool { return r.Outcome == sandbox.OutcomeExited },
			})
			if err != nil {
				t.Fatal(err)
			}
			check := func(what string, got, want sandbox.Result, killed bool) {
				if killed && got.KilledBy != sandbox.KillPeer || !killed && !cmp.Equal(got, want, cmpopts.IgnoreUnexported(sandbox.Result{})) {
					t.Errorf("%s: %s %v, want %s %v, or killed for its peer: %t", what, describe(got), got.Errno, describe(want), want.Errno, killed)
				}
			}
			check("program", got.Program, tt.wantProgram, tt.programIsKilled)
			check("interactor", got.Interactor, tt.wantInteractor, tt.interactorIsToo)
			usable(t, a)
			usable(t, b)
		})
	}
}

// The loss of either container is a fault, and the other cannot be used again either.
func TestPairLost(t *testing.T) {
	p := newPool(t, 1)
	for _, lost := range []string{"program", "interactor"} {
		a, b := newPair(t, p)
		victim := a
		if lost == "interactor" {
			victim = b
		}
		timer := time.AfterFunc(30*time.Millisecond, func() { _ = syscall.Kill(victim.Pid(), syscall.SIGKILL) })
		_, err := sandbox.RunPair(t.Context(), a, b, sandbox.Pair{
			Program:    sandbox.Command{Args: talk("eof"), Limits: pairLimits()},
			Interactor: sandbox.Command{Args: talk("eof"), Limits: pairLimits()},
			LetFinish:  goOn,
		})
		timer.Stop()
		if !errors.Is(err, sandbox.ErrLost) || a.Broken() == nil || b.Broken() == nil {
			t.Errorf("loss of the container of the %s: RunPair() = %v, broken: %v and %v", lost, err, a.Broken(), b.Broken())
		}
		p.Release(a)
	}
	a, b := newPair(t, p)
	usable(t, a)
	usable(t, b)
	p.Release(a)
}

// BenchmarkPingPong measures a round trip: the interactor says a line, the program answers with one.
func BenchmarkPingPong(b *testing.B) {
	sandboxtest.Require(b, sandboxtest.Root, sandboxtest.Cgroup, compiled)
	for _, pin := range []bool{true, false} {
		b.Run(fmt.Sprintf("pinned=%t", pin), func(b *testing.B) {
			p, err := pool.New(b.Context(), pool.Config{Slots: 1, Pin: pin, Mounts: []pool.Mount{programs()}})
			if err != nil {
				b.Fatal(err)
			}
			defer p.Close()
			program, interactor := newPair(b, p)
			const trips = 2000
			var wall time.Duration
			for b.Loop() {
				got, err := sandbox.RunPair(b.Context(), program, interactor, sandbox.Pair{
					Program:    sandbox.Command{Args: talk(fmt.Sprintf("pong %d", trips), "exit 0"), Limits: generous()},
					Interactor: sandbox.Command{Args: talk(fmt.Sprintf("ping %d", trips), "exit 42"), Limits: generous()},
					LetFinish:  goOn,
				})
				if err != nil || got.Interactor.ExitCode != accepted {
					b.Fatalf("%v, %s", err, describe(got.Interactor))
				}
				wall += got.Interactor.Wall
			}
			b.ReportMetric(float64(trips)*float64(b.N)/wall.Seconds(), "trips/s")
			b.ReportMetric(float64(wall.Microseconds())/float64(trips*b.N), "us/trip")
			b.ReportMetric(0, "ns/op")
		})
	}
}
