package sandbox

import (
	"fmt"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// sideAt is one side of a pair at a stage.
func sideAt(s stage) side {
	return map[stage]side{
		running:   {progress: launched},
		exceeding: {progress: launched, run: run{killed: KillCPU}},
		stopping:  {progress: launched, run: run{killed: KillPeer}},
		ended:     {progress: over},
	}[s]
}

// drainedRelay is a relay whose writer has closed its output, and the end of the reader.
func drainedRelay(t *testing.T) (r relay, reader int) {
	t.Helper()
	var p [2]int
	if err := unix.Pipe2(p[:], unix.O_CLOEXEC|unix.O_NONBLOCK); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Close(p[0]) })
	return relay{from: -1, to: p[1]}, p[0]
}

// sawEOF reports whether the reader has come to the end of its input.
func sawEOF(t *testing.T, reader int) bool {
	t.Helper()
	n, err := unix.Read(reader, make([]byte, 1))
	return n == 0 && err == nil
}

// A program sees the end of its input only when the interactor has nothing more to say in any way, and neither sees it while
// it is being killed. The interactor sees it only once the program has ended.
func TestPropagateEOF(t *testing.T) {
	t.Parallel()
	for program := range stages {
		for interactor := range stages {
			for _, late := range []bool{false, true} {
				t.Run(fmt.Sprint(program, interactor, late), func(t *testing.T) {
					t.Parallel()
					p := &pair{program: sideAt(program), interactor: sideAt(interactor)}
					var toProgram, toInteractor int
					p.toProgram, toProgram = drainedRelay(t)
					p.toInteractor, toInteractor = drainedRelay(t)
					defer p.toProgram.close()
					defer p.toInteractor.close()
					now := time.Now()
					p.propagateEOF(now)
					if late {
						p.propagateEOF(now.Add(eofGrace))
					}
					want := program == running && (interactor == ended || late && interactor != exceeding)
					if got := sawEOF(t, toProgram); got != want || p.toProgram.eofSent != want {
						t.Errorf("the program sees the end of its input: %t, want %t", got, want)
					}
					if got, want := sawEOF(t, toInteractor), program == ended && interactor == running; got != want {
						t.Errorf("the interactor sees the end of its input: %t, want %t", got, want)
					}
				})
			}
		}
	}
}

// Nothing is passed over: what was written before the end is delivered first.
func TestPropagateEOFWaitsForPending(t *testing.T) {
	t.Parallel()
	p := &pair{program: sideAt(running), interactor: sideAt(ended), toInteractor: relay{from: -1, to: -1}}
	var reader int
	p.toProgram, reader = drainedRelay(t)
	defer p.toProgram.close()
	p.toProgram.pending = []byte("x")
	p.propagateEOF(time.Now())
	if p.toProgram.eofSent || !p.eofAt.IsZero() || sawEOF(t, reader) {
		t.Error("the program sees the end of its input before the last of it")
	}
}

// While the program runs something must be done about it in every state, and once it has ended nothing.
func TestProgramDuties(t *testing.T) {
	t.Parallel()
	for program := range stages {
		for interactor := range stages {
			got := duties[program][interactor].program
			if (got == programNothing) != (program == ended) || (got == programGrace) != (program == exceeding || program == stopping) {
				t.Errorf("program at %d, interactor at %d: duty %d", program, interactor, got)
			}
		}
	}
}

// The time that an interactor took to be started is not the program's.
func TestBlameWhileTheInteractorStarts(t *testing.T) {
	t.Parallel()
	now := time.Now()
	p := &pair{program: sideAt(running), interactor: sideAt(running)}
	p.program.limits.Wall = time.Second
	p.interactor.started = now.Add(-2 * time.Second)
	p.toInteractor.lastActive, p.toProgram.lastRead = p.interactor.started, p.interactor.started
	if err := p.blame(now); err != nil || p.program.killed != KillNone {
		t.Fatalf("blame() = %v, killed for %q, want the program to go on", err, p.program.killed)
	}
	if want := 2*time.Second + recheck; p.program.wallExtension != want || p.result.WallExtension != want {
		t.Errorf("the wall limit was extended by %v, want %v", p.program.wallExtension, want)
	}
	// It has answered since, and waits: the program gets the time up to the answer, and no more.
	p.interactor.started = now.Add(-time.Hour)
	p.toProgram.lastRead = now.Add(300 * time.Millisecond)
	if err := p.blame(now.Add(time.Second)); err != nil || p.program.killed != KillNone {
		t.Fatalf("blame() after an answer = %v, killed for %q, want the program to go on", err, p.program.killed)
	}
	if want := 2300*time.Millisecond + recheck; p.program.wallExtension != want {
		t.Errorf("the wall limit was extended by %v, want %v", p.program.wallExtension, want)
	}
}
