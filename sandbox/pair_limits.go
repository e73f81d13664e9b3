package sandbox

import (
	"errors"
	"time"

	"github.com/gaveloj/gavel/sandbox/threads"
)

// enforce kills each of the two for the first limit that it exceeds.
func (p *pair) enforce(now time.Time, canceled bool) error {
	if p.interactor.progress != over {
		if err := p.interactor.enforce(canceled); err != nil {
			return err
		}
	}
	duty := p.duty().program
	switch duty {
	case programNothing:
		return nil
	case programGrace:
		return p.program.checkKillGrace(now)
	case programKill:
		return p.program.killPeer()
	case programLimits, programBlame:
	}
	cause, err := p.program.exceeded(now, canceled)
	switch {
	case err != nil || cause == KillNone:
		return err
	case cause == KillWall && duty == programBlame:
		return p.blame(now)
	}
	return p.program.kill(cause, now)
}

// recheck is the time after which a program whose interactor computes is looked at again.
const recheck = 20 * time.Millisecond

// blame decides what happens when the program's wall limit has passed, by what the interactor does:
//
//	sleeps             it keeps the program waiting and does nothing: the interactor is killed
//	computes           the program gets the time since it last had something to do
//	waits, or unknown  the program gets the time up to an answer that came since it was last seen computing;
//	                   without one, the program is killed
func (p *pair) blame(now time.Time) error {
	switch p.interactorActivity(now) {
	case threads.Sleeping:
		return errors.Join(p.interactor.kill(KillWall, now), p.program.killPeer())
	case threads.Computing:
		p.extendWall(now.Sub(later(p.owedSince, p.lastExchange())) + recheck)
		p.owedSince = now
		return nil
	case threads.Unknown, threads.Waiting:
		if answered := p.toProgram.lastRead; !p.owedSince.IsZero() && answered.After(p.owedSince) {
			p.extendWall(answered.Sub(p.owedSince))
			p.owedSince = time.Time{}
			return nil
		}
	}
	return p.program.kill(KillWall, now)
}

// lastExchange is when the interactor last read or wrote something, as far as the relays know.
func (p *pair) lastExchange() time.Time {
	return later(p.toInteractor.lastActive, p.toProgram.lastRead)
}

// interactorActivity is what the interactor does while the program waits for it. One that computes or sleeps but has
// answered or read something only just now counts as waiting.
func (p *pair) interactorActivity(now time.Time) threads.Activity {
	if p.interactor.program == nil {
		if now.Sub(p.interactor.started) < starvation*p.program.limits.Wall {
			return threads.Computing // the host has not started it yet
		}
		return threads.Unknown
	}
	long := p.program.limits.Wall / 2
	a := threads.ActivityOf(p.interactor.program.Pid)
	switch {
	case a == threads.Computing && now.Sub(p.lastExchange()) < long, a == threads.Sleeping && now.Sub(p.toProgram.lastRead) < long:
		return threads.Waiting
	}
	return a
}

// extendWall adds to the program's wall limit. The CPU limit of the interactor bounds how often.
func (p *pair) extendWall(by time.Duration) {
	p.program.wallExtension += by
	p.result.WallExtension = p.program.wallExtension
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
