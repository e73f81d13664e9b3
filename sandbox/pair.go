package sandbox

import (
	"context"
	"errors"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// Pair is a program and an interactor, each with its standard output connected to the standard input of the other.
//
//	program ──stdout──> relay ──stdin──> interactor
//	program <──stdin─── relay <─stdout── interactor
type Pair struct {
	// Program and Interactor are the commands, without Stdin and Stdout. Limits.Output bounds what a program writes to
	// standard output and standard error, as in Run. The wall limit of the program is also that of the exchange: it ends
	// two programs that wait for each other. That of the interactor counts from the end of the program, since it may have
	// to wait for the program before.
	Program, Interactor Command
	// LetFinish reports, given how the interactor ended, whether the program may run to its own end, with no more input.
	// Otherwise the program is killed. It must return quickly.
	LetFinish func(Result) bool
}

// PairResult is what happened in the run of a pair.
//
// Who ended first is decided by cause and effect, not by clocks. The program can learn of the interactor's end only by
// the end of its input, which RunPair gives it then; before that its end is its own doing. The interactor learns of the
// program's end by the end of its input, which it is given only once the program has ended.
type PairResult struct {
	// Stdout of both is empty. Where one could not be started, the other is killed as one whose peer exceeded a limit. KilledBy is KillPeer for a program that was not let finish, and for an interactor whose
	// program exceeded a limit.
	Program, Interactor Result
	// ProgramFirst is set if the program ended, by itself or for a limit, before it could know of the end of the
	// interactor's output. An interactor that closes its output early counts as ended for the program.
	ProgramFirst bool
	// InputClosed is set if some of the interactor's output could not be delivered, because the program had ended or
	// closed its input.
	InputClosed bool
	// WallExtension is how much longer than its wall limit the program was allowed to take, because the interactor was
	// computing for most of that time.
	WallExtension time.Duration
	// Transcript is the beginning and the end of what the two wrote to each other.
	Transcript Transcript
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
		program:    side{run: newRun(ctx, program, cmds.Program.Limits)},
		interactor: side{run: newRun(ctx, interactor, cmds.Interactor.Limits)},
		toProgram:  newRelay(interactor), toInteractor: newRelay(program), letFinish: cmds.LetFinish,
	}
	defer p.close()
	if err := p.start(&cmds); err != nil {
		return PairResult{}, p.fault(err)
	}
	defer program.wakeAfter(ctx)()
	if err := p.monitor(); err != nil {
		return PairResult{}, p.fault(err)
	}
	return p.result, errors.Join(p.program.startErr, p.interactor.startErr)
}

// pair is one run of a Pair, owned by the goroutine that called RunPair.
type pair struct {
	program, interactor     side
	toInteractor, toProgram relay
	letFinish               func(Result) bool
	eofAt                   time.Time // when the interactor's output ended; zero before
	owedSince               time.Time // see blame; zero when the program is owed no time
	result                  PairResult
}

// side is one of the two.
type side struct {
	run
	command  Command
	progress progress
	wall     time.Duration // of the interactor, from the end of the program
	startErr error         // a *StartError
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
	p.toInteractor.onRead = func(data []byte) { p.record(&p.program, data) }
	p.toProgram.onRead = func(data []byte) { p.record(&p.interactor, data) }
	p.interactor.limits.Wall = 0 // until the program has ended
	interactor, program := cmds.Interactor, cmds.Program
	interactor.Stdin, interactor.Stdout = interactorIn, interactorOut
	program.Stdin, program.Stdout = programIn, programOut
	p.interactor.wall = cmds.Interactor.Limits.Wall
	if err := p.begin(&p.interactor, &interactor); err != nil {
		return err
	}
	return p.begin(&p.program, &program)
}

// begin launches one side. Where its command cannot even be sent, it is over.
func (p *pair) begin(l *side, cmd *Command) error {
	err := l.launch(cmd)
	if res, refused := cmd.notStarted(err); refused {
		return p.finish(l, res)
	}
	return err
}

func (l *side) launch(cmd *Command) error {
	l.command = *cmd
	err := l.start(cmd)
	if err == nil {
		l.progress = launched
	}
	return err
}

// record counts and records what one side wrote. What is read after its end has been counted already.
func (p *pair) record(by *side, data []byte) {
	if by.progress != over {
		by.out.total += int64(len(data))
	}
	p.result.Transcript.add(time.Since(p.interactor.started), by == &p.program, data)
}

func (p *pair) close() {
	for _, l := range []*side{&p.program, &p.interactor} {
		l.close()
	}
	p.toInteractor.close()
	p.toProgram.close()
}

// fault marks the containers in which something may still run as broken, because of err.
func (p *pair) fault(err error) error {
	for _, l := range []*side{&p.program, &p.interactor} {
		if l.s.client.Lost() != nil {
			err = l.s.fault(err)
		}
	}
	for _, l := range []*side{&p.program, &p.interactor} {
		if l.progress == launched && l.s.broken == nil {
			l.s.broken = err
		}
	}
	return err
}

// monitor watches both runs and relays between them, in one poll for everything, until both have ended.
func (p *pair) monitor() error {
	for p.program.progress != over || p.interactor.progress != over {
		ready, err := p.poll()
		if err != nil {
			return err
		}
		// The end of the program first: where both have ended by now, it has not learned of the interactor's.
		if err := errors.Join(p.receive(ready, &p.program, &p.toInteractor), p.receive(ready, &p.interactor, &p.toProgram)); err != nil {
			return err
		}
		if err := p.relay(ready); err != nil {
			return err
		}
		now, canceled := time.Now(), ready[polledCancel].Revents != 0
		p.propagateEOF(now)
		if canceled {
			p.program.s.clearWake()
		}
		if err := p.enforce(now, canceled); err != nil {
			return err
		}
	}
	return nil
}

// Indices of what is polled.
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

// polled is the descriptor on which the container reports about its program.
func (l *side) polled() unix.PollFd {
	if l.progress == over {
		return unix.PollFd{Fd: -1}
	}
	return unix.PollFd{Fd: int32(l.s.client.FD()), Events: unix.POLLIN}
}

// nextCheck is when enforce or propagateEOF has something to do that no descriptor reports; zero means never.
func (p *pair) nextCheck() (next time.Time) {
	for _, l := range []*side{&p.program, &p.interactor} {
		if l.progress != over {
			next = earlier(next, l.nextCheck())
		}
	}
	if !p.eofAt.IsZero() && p.toProgram.to >= 0 && p.duty().toProgram == eofAfterGrace {
		next = earlier(next, p.eofAt.Add(eofGrace))
	}
	return next
}

// relay passes on what the two wrote to each other, and reads what they wrote to standard error.
func (p *pair) relay(ready [polledCount]unix.PollFd) error {
	for i, r := range []*relay{&p.toInteractor, &p.toProgram} {
		if ready[polledRelays+2*i].Revents|ready[polledRelays+2*i+1].Revents != 0 {
			if err := r.pump(); err != nil {
				return err
			}
		}
	}
	for i, l := range []*side{&p.program, &p.interactor} {
		if ready[polledProgramErr+i].Revents != 0 && l.err.fd >= 0 {
			if err := l.err.drain(l.s.scratch); err != nil {
				return err
			}
		}
	}
	return nil
}

// receive handles the messages of a container about its program.
func (p *pair) receive(ready [polledCount]unix.PollFd, l *side, out *relay) error {
	i := polledProgram
	if l == &p.interactor {
		i = polledInteractor
	}
	if ready[i].Revents == 0 {
		return nil
	}
	finished, err := l.receive()
	if res, refused := l.command.notStarted(err); refused {
		return p.finish(l, res)
	}
	var notStarted *StartError
	switch {
	case errors.As(err, &notStarted):
		l.progress, l.startErr = over, err
		return p.other(l).killPeer()
	case err != nil || finished == nil:
		return err
	}
	unread, err := out.unread()
	if err != nil {
		return err
	}
	l.out.total += unread
	res, err := l.run.result(finished)
	if err != nil {
		return err
	}
	return p.finish(l, res)
}

func (p *pair) other(l *side) *side {
	if l == &p.program {
		return &p.interactor
	}
	return &p.program
}

// killPeer kills a program that has nothing left to do, because the other has ended.
func (l *side) killPeer() error {
	if l.progress != launched {
		return nil
	}
	return l.kill(KillPeer, time.Now())
}

// finish records how a run ended, and applies that to the other side.
func (p *pair) finish(l *side, res Result) error {
	l.progress = over
	// A kill that crosses with the end changes nothing: the program ended as it would have without.
	if res.KilledBy == KillPeer && !(res.Outcome == OutcomeSignaled && res.Signal == unix.SIGKILL) {
		res.KilledBy = KillNone
	}
	if l == &p.interactor {
		p.result.Interactor, p.result.InputClosed = res, p.toProgram.readerClosed
		if p.letFinish(res) {
			return nil
		}
		return p.program.killPeer()
	}
	p.result.Program = res
	p.result.ProgramFirst = !p.toProgram.eofSent && res.KilledBy != KillPeer
	if l.overLimit(res) {
		return p.interactor.killPeer() // what it writes no longer matters
	}
	// From now on the interactor has nobody to wait for.
	p.interactor.limits.Wall, p.interactor.wallExtension = p.interactor.wall, time.Since(p.interactor.began())
	return nil
}

// overLimit reports whether a run that is over exceeded one of its limits, or never began.
func (l *side) overLimit(res Result) bool {
	return res.Outcome == OutcomeNotStarted || res.KilledBy != KillNone && res.KilledBy != KillPeer || res.OOMKills > 0 ||
		l.limits.CPU > 0 && res.CPU > l.limits.CPU ||
		l.limits.Wall > 0 && res.Wall-res.RunDelay > l.limits.Wall+l.wallExtension
}
