package sandbox

import (
	"context"
	"errors"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/sandbox/container"
)

// Pair is a program and an interactor that talk to each other: the standard output of each is the standard input of
// the other.
//
//	program ──stdout──> relay ──stdin──> interactor
//	program <──stdin─── relay <─stdout── interactor
type Pair struct {
	// Program and Interactor are the commands, without Stdin and Stdout. Limits.Output bounds what a program writes to
	// standard output and standard error, as in Run. The wall limit of the program is that of the talk: it ends two who
	// wait for each other. That of the interactor counts from the end of the program, since before it may have to wait.
	Program, Interactor Command
	// GoOn tells, of an interactor that has ended, whether the program may go on to its own end, with no more input.
	// Otherwise the program is killed. It must be quick.
	GoOn func(Result) bool
}

// PairResult is what happened in the run of a pair.
//
// Who ended first is a matter of cause and effect, not of clocks. A program can learn of the interactor's end through
// the end of its input only, and that is what RunPair gives it; before that its end is its own doing. The interactor
// learns that the program has ended through the end of its input, and is given that only when the program has ended.
type PairResult struct {
	// Stdout of both is empty. KilledBy is KillPeer for a program that was not to go on, and for an interactor whose
	// program went over a limit.
	Program, Interactor Result
	// ProgramFirst says that the program ended, by itself or for a limit, before it could know of the end of the
	// interactor's output. An interactor that closes its output early counts as ended for the program.
	ProgramFirst bool
	// InputClosed says that something of what the interactor said could not be delivered, because the program had
	// ended or closed its input.
	InputClosed bool
	// PutOff is how much longer than its wall limit the program might take, because the interactor was computing for
	// most of it.
	PutOff time.Duration
	// Conversation is what was said.
	Conversation Conversation
}

// RunPair executes the two commands at once, each in its own container, and waits until every process of both is gone.
// Errors are those of Run; after one, a container in which a program may still run is broken.
func RunPair(ctx context.Context, program, interactor *Sandbox, cmds Pair) (PairResult, error) {
	for _, s := range []*Sandbox{program, interactor} {
		s.busy.Lock()
		defer s.busy.Unlock()
		if s.broken != nil {
			return PairResult{}, s.broken
		}
	}
	if ctx.Err() != nil {
		return PairResult{}, context.Cause(ctx)
	}
	unpin, err := program.pin()
	if err != nil {
		return PairResult{}, err
	}
	defer unpin()
	p := &pair{
		program:    player{run: newRun(ctx, program, cmds.Program.Limits)},
		interactor: player{run: newRun(ctx, interactor, cmds.Interactor.Limits)},
		toProgram:  newRelay(interactor), toInteractor: newRelay(program), goOn: cmds.GoOn,
	}
	defer p.close()
	if err := p.start(&cmds); err != nil {
		return PairResult{}, p.fault(err)
	}
	defer program.wakeAfter(ctx)()
	if err := p.talk(); err != nil {
		return PairResult{}, p.fault(err)
	}
	return p.result, errors.Join(p.program.failed, p.interactor.failed)
}

// pair is one run of a Pair, owned by the goroutine that called RunPair.
type pair struct {
	program, interactor     player
	toInteractor, toProgram relay
	goOn                    func(Result) bool
	fell                    time.Time // when the interactor's output came to its end; zero before
	looked                  time.Time // when the interactor was last seen computing at the program's wall limit
	owed                    bool      // it has been, and the time from then to its answer is not given back yet
	result                  PairResult
}

// player is one of the two.
type player struct {
	run
	wall        time.Duration // of the interactor, from the end of the program
	begun, over bool
	failed      error // a *StartError
}

// start starts the interactor, and then the program, whose wall limit runs from here.
func (p *pair) start(cmds *Pair) error {
	programOut, interactorIn, err := p.toInteractor.open()
	if err != nil {
		return err
	}
	defer programOut.Close()
	defer interactorIn.Close()
	interactorOut, programIn, err := p.toProgram.open()
	if err != nil {
		return err
	}
	defer interactorOut.Close()
	defer programIn.Close()
	p.toInteractor.heard = func(data []byte) { p.heard(&p.program, data) }
	p.toProgram.heard = func(data []byte) { p.heard(&p.interactor, data) }
	p.interactor.limits.Wall = 0 // until the program has ended
	interactor, program := cmds.Interactor, cmds.Program
	interactor.Stdin, interactor.Stdout = interactorIn, interactorOut
	program.Stdin, program.Stdout = programIn, programOut
	p.looked = time.Now()
	if err := p.interactor.begin(&interactor); err != nil {
		return err
	}
	p.interactor.wall = cmds.Interactor.Limits.Wall
	return p.program.begin(&program)
}

func (l *player) begin(cmd *Command) error {
	err := l.start(cmd)
	l.begun = err == nil
	return err
}

// heard counts and records what was said. What remains of one who has ended is counted already.
func (p *pair) heard(by *player, data []byte) {
	if !by.over {
		by.out.total += int64(len(data))
	}
	p.result.Conversation.add(time.Since(p.interactor.started), by == &p.program, data)
}

func (p *pair) close() {
	for _, l := range []*player{&p.program, &p.interactor} {
		l.close()
	}
	p.toInteractor.close()
	p.toProgram.close()
}

// fault gives up the containers in which something may still run.
func (p *pair) fault(err error) error {
	for _, l := range []*player{&p.program, &p.interactor} {
		if l.s.client.Lost() != nil {
			err = l.s.fault(err)
		}
	}
	for _, l := range []*player{&p.program, &p.interactor} {
		if l.begun && !l.over && l.s.broken == nil {
			l.s.broken = err
		}
	}
	return err
}

// talk watches both runs and passes on what they say, in one poll for everything, until both have finished.
func (p *pair) talk() error {
	for !p.program.over || !p.interactor.over {
		ready, err := p.poll()
		if err != nil {
			return err
		}
		// The end of the program first: where both have ended by now, it has not learned of the interactor's.
		if err := errors.Join(p.receive(ready, &p.program, &p.toInteractor), p.receive(ready, &p.interactor, &p.toProgram)); err != nil {
			return err
		}
		if err := p.pass(ready); err != nil {
			return err
		}
		now, canceled := time.Now(), ready[polledCancel].Revents != 0
		p.tellEnds(now)
		if canceled {
			p.program.s.woken()
		}
		if err := p.enforce(now, canceled); err != nil {
			return err
		}
	}
	return nil
}

// Places in what is polled.
const (
	polledProgram = iota
	polledInteractor
	polledCancel
	polledProgramErr
	polledInteractorErr
	polledRelays
	polledCount = polledRelays + 4
)

func (p *pair) poll() (fds [polledCount]unix.PollFd, err error) {
	fds = [polledCount]unix.PollFd{
		polledProgram:       p.program.polled(),
		polledInteractor:    p.interactor.polled(),
		polledCancel:        {Fd: int32(p.program.s.cancel), Events: unix.POLLIN},
		polledProgramErr:    {Fd: int32(p.program.err.fd), Events: unix.POLLIN}, // a negative descriptor is passed over
		polledInteractorErr: {Fd: int32(p.interactor.err.fd), Events: unix.POLLIN},
	}
	fds[polledRelays], fds[polledRelays+1] = p.toInteractor.polled()
	fds[polledRelays+2], fds[polledRelays+3] = p.toProgram.polled()
	var timeout *unix.Timespec
	if next := p.nextCheck(); !next.IsZero() {
		t := unix.NsecToTimespec(int64(max(time.Until(next), 0)))
		timeout = &t
	}
	_, err = unix.Ppoll(fds[:], timeout, nil)
	if errors.Is(err, unix.EINTR) {
		return [polledCount]unix.PollFd{}, nil
	}
	return fds, os.NewSyscallError("ppoll", err)
}

// polled is the descriptor on which a container tells of its program.
func (l *player) polled() unix.PollFd {
	if l.over {
		return unix.PollFd{Fd: -1}
	}
	return unix.PollFd{Fd: int32(l.s.client.FD()), Events: unix.POLLIN}
}

// nextCheck is when something has to be looked at that no descriptor tells.
func (p *pair) nextCheck() (next time.Time) {
	if !p.program.over {
		next = p.program.nextCheck()
	}
	if !p.interactor.over {
		next = earlier(next, p.interactor.nextCheck())
	}
	if !p.fell.IsZero() && p.program.killed == KillNone && !p.toProgram.hungUp && p.toProgram.to >= 0 && !p.interactor.over {
		next = earlier(next, p.fell.Add(fallTime))
	}
	return next
}

// pass passes on what was said, and takes in what was written to standard error.
func (p *pair) pass(ready [polledCount]unix.PollFd) error {
	for i, r := range []*relay{&p.toInteractor, &p.toProgram} {
		if ready[polledRelays+2*i].Revents|ready[polledRelays+2*i+1].Revents != 0 {
			if err := r.pump(); err != nil {
				return err
			}
		}
	}
	for i, l := range []*player{&p.program, &p.interactor} {
		if ready[polledProgramErr+i].Revents != 0 && l.err.fd >= 0 {
			if err := l.err.drain(l.s.scratch); err != nil {
				return err
			}
		}
	}
	return nil
}

// receive takes in what a container tells of its program.
func (p *pair) receive(ready [polledCount]unix.PollFd, l *player, out *relay) error {
	i := polledProgram
	if l == &p.interactor {
		i = polledInteractor
	}
	if ready[i].Revents == 0 {
		return nil
	}
	finished, err := l.receive()
	var notStarted *StartError
	switch {
	case errors.As(err, &notStarted):
		l.over, l.failed = true, err
		return p.other(l).dismiss()
	case err != nil || finished == nil:
		return err
	}
	return p.finish(l, out, finished)
}

func (p *pair) other(l *player) *player {
	if l == &p.program {
		return &p.interactor
	}
	return &p.program
}

// dismiss ends one who has nothing left to do.
func (l *player) dismiss() error {
	if !l.begun || l.over {
		return nil
	}
	return l.kill(KillPeer, time.Now())
}

// finish records how a run ended, and what that means for the other.
func (p *pair) finish(l *player, out *relay, f *container.Finished) error {
	unread, err := out.unread()
	if err != nil {
		return err
	}
	l.out.total += unread
	res, err := l.run.result(f)
	if err != nil {
		return err
	}
	l.over = true
	// A kill that crosses with the end changes nothing: the program ended as it would have without.
	if res.KilledBy == KillPeer && !(res.Outcome == OutcomeSignaled && res.Signal == unix.SIGKILL) {
		res.KilledBy = KillNone
	}
	if l == &p.interactor {
		p.result.Interactor, p.result.InputClosed = res, p.toProgram.deaf
		if p.goOn(res) {
			return nil
		}
		return p.program.dismiss()
	}
	p.result.Program = res
	p.result.ProgramFirst = !p.toProgram.hungUp && res.KilledBy != KillPeer
	if l.overLimit(res) {
		return p.interactor.dismiss() // whatever it says no longer matters
	}
	// From now on there is nobody whom it could wait for.
	p.interactor.limits.Wall, p.interactor.extra = p.interactor.wall, time.Since(p.interactor.began())
	return nil
}

// overLimit says that a run that is over broke one of its limits.
func (l *player) overLimit(res Result) bool {
	return res.KilledBy != KillNone && res.KilledBy != KillPeer || res.OOMKills > 0 ||
		l.limits.CPU > 0 && res.CPU > l.limits.CPU ||
		l.limits.Wall > 0 && res.Wall-res.RunDelay > l.limits.Wall+l.extra
}

// fallTime is how long the end of the interactor's output is kept from the program while the end of the interactor
// may be under way: it comes within a millisecond.
const fallTime = 5 * time.Millisecond

// tellEnds tells each of the two that the other has nothing more to say. The program hears of it once the interactor
// has closed its output. The interactor does only when the program has ended: a program that closes its output early
// may still crash or run too long, and that must not look like the interactor's own findings.
func (p *pair) tellEnds(now time.Time) {
	if p.program.over && p.interactor.killed == KillNone && p.toInteractor.drained() {
		p.toInteractor.hangUp()
	}
	// One who is being killed hears nothing more: it must not come to an end of its own before the signal arrives.
	if p.program.killed != KillNone || !p.toProgram.drained() {
		return
	}
	if p.fell.IsZero() {
		p.fell = now
	}
	if p.interactor.over || now.Sub(p.fell) >= fallTime {
		p.toProgram.hangUp()
	}
}
