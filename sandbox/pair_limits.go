package sandbox

import (
	"errors"
	"time"
)

// enforce kills each of the two for the first limit that it exceeds.
func (p *pair) enforce(now time.Time, canceled bool) error {
	if !p.interactor.over {
		if err := p.interactor.enforce(canceled); err != nil {
			return err
		}
	}
	switch k := p.interactor.killed; {
	case p.program.over:
		return nil
	case p.program.killed != KillNone:
		return p.program.overdue(now)
	case k != KillNone && k != KillPeer && k != KillCancel:
		return p.program.dismiss()
	}
	cause, err := p.program.exceeded(now, canceled)
	if err != nil || cause == KillNone {
		return err
	}
	if cause == KillWall && !p.interactor.over {
		switch p.interactorIs(now) {
		case activitySleeping:
			// It keeps the program waiting, and does nothing.
			return errors.Join(p.interactor.kill(KillWall, now), p.program.dismiss())
		case activityComputing:
			const lookAgain = 20 * time.Millisecond
			p.putOff(now.Sub(later(p.looked, later(p.toInteractor.moved, p.toProgram.spoken))) + lookAgain)
			p.looked, p.owed = now, true
			return nil
		case activityUnknown, activityWaiting:
			if p.owed && p.toProgram.spoken.After(p.looked) {
				// It went on computing after that look, and has answered since.
				p.putOff(p.toProgram.spoken.Sub(p.looked))
				p.owed = false
				return nil
			}
		}
	}
	return p.program.kill(cause, now)
}

// interactorIs tells what an interactor does that has long kept its program waiting; one that waits for the program,
// or answered or listened to it only just now, is waiting.
func (p *pair) interactorIs(now time.Time) activity {
	if p.interactor.program == nil {
		if now.Sub(p.interactor.started) < starvation*p.program.limits.Wall {
			return activityComputing // the host is making it
		}
		return activityUnknown
	}
	long := p.program.limits.Wall / 2
	a := activityOf(p.interactor.program.Pid)
	listened := later(p.toInteractor.moved, p.toProgram.spoken)
	switch {
	case a == activityComputing && now.Sub(listened) < long, a == activitySleeping && now.Sub(p.toProgram.spoken) < long:
		return activityWaiting
	}
	return a
}

// putOff gives the program back time in which the interactor was computing. The CPU limit of the interactor bounds it.
func (p *pair) putOff(by time.Duration) {
	p.program.extra += by
	p.result.PutOff = p.program.extra
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
