package attacktest

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/gaveloj/gavel/sandbox"
	"github.com/gaveloj/gavel/sandbox/pool"
)

// soaker is one kind of short run. Its error says that it ended otherwise than it must.
type soaker struct {
	name string
	pair bool
	run  func(context.Context, *pool.Pool) error
}

// finds is a script that fails when anything is left in a container.
const finds = `set -- /tmp/* /w/* /dev/shm/*; [ "$*" = '/tmp/* /w/* /dev/shm/*' ]`

func soakers() []soaker {
	return append(soakersAlone(), soakersInPairs()...)
}

// exited is the end of a program that is content.
func exited(r sandbox.Result) bool { return r.Outcome == sandbox.OutcomeExited && r.ExitCode == 0 }

func killedBy(cause sandbox.KillCause) func(sandbox.Result) bool {
	return func(r sandbox.Result) bool { return r.KilledBy == cause }
}

func soakersAlone() []soaker {
	files := func(rule sandbox.FileRule) sandbox.Limits {
		return sandbox.Limits{Output: 64 * sandbox.KiB, Files: rule}
	}
	return []soaker{
		alone("honest", "echo done", sandbox.Limits{}, exited),
		alone("leaver of files", "mkdir -p /tmp/a/b/c && echo x > /tmp/a/b/c/d && ln -s / /w/root && mkfifo /dev/shm/f && chmod 0 /tmp/a",
			sandbox.Limits{}, exited),
		alone("forker", "for i in 1 2 3 4 5; do sleep 100 & done", sandbox.Limits{}, exited),
		alone("crasher", "kill -SEGV $$", sandbox.Limits{}, func(r sandbox.Result) bool { return r.Outcome == sandbox.OutcomeSignaled }),
		alone("eater", "exec tail /dev/zero", sandbox.Limits{Memory: 8 * sandbox.MiB}, func(r sandbox.Result) bool { return r.OOMKills > 0 }),
		alone("flooder", "exec cat /dev/zero", sandbox.Limits{Output: 64 * sandbox.KiB}, killedBy(sandbox.KillOutput)),
		alone("filler", "exec cat /dev/zero > /tmp/f", files(sandbox.FilesCounted), killedBy(sandbox.KillOutput)),
		alone("scribbler", "echo 1234567 > /w/f; ln /w/f /w/g", files(sandbox.FilesCounted),
			func(r sandbox.Result) bool { return exited(r) && r.FileBytes == 8 }),
		alone("reader", "! touch /w/f /tmp/f /dev/shm/f 2>/dev/null", sandbox.Limits{Files: sandbox.FilesReadOnly}, exited),
		alone("sleeper", "sleep 100", sandbox.Limits{Wall: 20 * time.Millisecond}, killedBy(sandbox.KillWall)),
		alone("burner", "while :; do :; done", sandbox.Limits{CPU: 10 * time.Millisecond}, killedBy(sandbox.KillCPU)),
		alone("finder", finds, sandbox.Limits{}, exited),
	}
}

// soakersInPairs are programs with their interactors.
func soakersInPairs() []soaker {
	const hears = "exec cat > /dev/null"
	accepts := func(r sandbox.Result) bool { return r.Outcome == sandbox.OutcomeExited && r.ExitCode == 42 }
	refuses := func(r sandbox.Result) bool { return r.Outcome == sandbox.OutcomeExited && r.ExitCode == 43 }
	dismissed := killedBy(sandbox.KillPeer)
	return []soaker{
		inPair("talkers", "read x && echo $((x + 1))", "echo 41; read x; [ $x = 42 ] && exit 42", sandbox.Limits{}, exited, accepts),
		inPair("silent pair", "read x", "read x; exit 42", sandbox.Limits{Wall: 20 * time.Millisecond}, killedBy(sandbox.KillWall), dismissed),
		inPair("dismissed burner", "while :; do :; done", "exit 43", sandbox.Limits{}, dismissed, refuses),
		inPair("deserter", "exit 0", "head -c 200000 /dev/zero; cat; exit 42", sandbox.Limits{}, exited, accepts),
		inPair("flooder of an interactor", "exec cat /dev/zero", hears, sandbox.Limits{Output: 64 * sandbox.KiB},
			killedBy(sandbox.KillOutput), dismissed),
		inPair("flooding interactor", hears, "exec cat /dev/zero", sandbox.Limits{}, dismissed, killedBy(sandbox.KillOutput)),
		inPair("crashing interactor", "read x; exec sleep 100", "kill -SEGV $$", sandbox.Limits{}, dismissed,
			func(r sandbox.Result) bool { return r.Outcome == sandbox.OutcomeSignaled }),
		inPair("eating interactor", "read x; exec sleep 100", "exec tail /dev/zero", sandbox.Limits{}, dismissed,
			func(r sandbox.Result) bool { return r.OOMKills > 0 }),
		inPair("leavers", "for i in 1 2 3; do sleep 100 & done; mkfifo /w/f; echo x > /dev/shm/x; echo 1; read x",
			"for i in 1 2 3; do sleep 100 & done; mkdir /tmp/a && chmod 0 /tmp/a; read x; echo 2; exit 42", sandbox.Limits{}, exited, accepts),
		inPair("finders", finds, finds+" && exit 42", sandbox.Limits{}, exited, accepts),
	}
}

// soakWall bounds runs that must end by themselves.
const soakWall = 20 * time.Second

// alone runs a script in a container.
func alone(name, script string, limits sandbox.Limits, ends func(sandbox.Result) bool) soaker {
	return soaker{name: name, run: func(ctx context.Context, p *pool.Pool) error {
		box, err := p.Lease(ctx)
		if err != nil {
			return err
		}
		defer p.Release(box)
		r, err := box.Run(ctx, shell(script, limits))
		if err != nil {
			return err
		}
		return expect("", r, ends)
	}}
}

// inPair runs two scripts that talk. The limits are those of the program.
func inPair(name, program, interactor string, limits sandbox.Limits, programEnds, interactorEnds func(sandbox.Result) bool) soaker {
	talk := sandbox.Pair{
		Program:    shell(program, limits),
		Interactor: shell(interactor, sandbox.Limits{Memory: 8 * sandbox.MiB, Output: 256 * sandbox.KiB}),
		LetFinish:  func(r sandbox.Result) bool { return r.ExitCode == 42 && r.KilledBy == sandbox.KillNone },
	}
	return soaker{name: name, pair: true, run: func(ctx context.Context, p *pool.Pool) error {
		box, companion, err := p.LeasePair(ctx)
		if err != nil {
			return err
		}
		defer p.Release(box)
		r, err := sandbox.RunPair(ctx, box, companion, talk)
		if err != nil {
			return err
		}
		if err := expect("program ", r.Program, programEnds); err != nil {
			return err
		}
		return expect("interactor ", r.Interactor, interactorEnds)
	}}
}

func shell(script string, limits sandbox.Limits) sandbox.Command {
	if limits.Wall == 0 {
		limits.Wall = soakWall
	}
	return sandbox.Command{Args: []string{"sh", "-c", script}, Limits: limits}
}

func expect(who string, r sandbox.Result, ends func(sandbox.Result) bool) error {
	if ends(r) {
		return nil
	}
	r.Stdout = slices.Clip(r.Stdout[:min(len(r.Stdout), 100)])
	return fmt.Errorf("%sended otherwise: %+v", who, r)
}
