package sandbox

import "time"

// progress is how far one side of a pair has come.
type progress int

const (
	unlaunched progress = iota
	launched
	over // every process of it is gone, or it could not be started
)

// stage is what the other side has to know about one side of a pair.
type stage int

const (
	running   stage = iota
	exceeding       // killed for a limit of its own, and not gone yet
	stopping        // killed for another reason, and not gone yet
	ended
	stages
)

func (l *side) stage() stage {
	switch {
	case l.progress == over:
		return ended
	case l.killed == KillNone:
		return running
	case l.killed == KillPeer || l.killed == KillCancel:
		return stopping
	}
	return exceeding
}

// duty is what has to be done in one state of a pair.
type duty struct {
	program      programDuty
	toProgram    eofDuty
	toInteractor eofDuty
}

// programDuty is what enforce does about the program. The interactor is always held to its own limits.
type programDuty int

const (
	programNothing programDuty = iota
	programGrace               // give up its container if it is not gone in time
	programKill                // kill it: the interactor will not answer any more
	programLimits              // kill it for the first limit that it exceeds
	programBlame               // the same, but its wall limit is also spent by an interactor that does not answer
)

// eofDuty is when a side is shown the end of its input, once all that was written to it has been delivered.
type eofDuty int

const (
	eofNever eofDuty = iota
	eofAfterGrace
	eofAtOnce
)

// duties is the table of what to do, by the stage of the program and that of the interactor.
//
// A side that is being killed must not see the end of its input: it would come to an end of its own before the signal
// arrives. The interactor sees it only when the program has ended, because a program that closes its output early may
// still crash or run too long, which must not look like the interactor's own finding. The program sees it when the
// interactor has ended; or when the interactor has closed its output and does not end within eofGrace, because what it
// ends with may decide that the program is killed.
var duties = [stages][stages]duty{
	running: {
		running:   {programBlame, eofAfterGrace, eofNever},
		exceeding: {programKill, eofNever, eofNever},
		stopping:  {programLimits, eofAfterGrace, eofNever},
		ended:     {programLimits, eofAtOnce, eofNever},
	},
	exceeding: {
		running:   {programGrace, eofNever, eofNever},
		exceeding: {programGrace, eofNever, eofNever},
		stopping:  {programGrace, eofNever, eofNever},
		ended:     {programGrace, eofNever, eofNever},
	},
	stopping: {
		running:   {programGrace, eofNever, eofNever},
		exceeding: {programGrace, eofNever, eofNever},
		stopping:  {programGrace, eofNever, eofNever},
		ended:     {programGrace, eofNever, eofNever},
	},
	ended: {
		running:   {programNothing, eofNever, eofAtOnce},
		exceeding: {programNothing, eofNever, eofNever},
		stopping:  {programNothing, eofNever, eofNever},
		ended:     {programNothing, eofNever, eofNever},
	},
}

func (p *pair) duty() duty { return duties[p.program.stage()][p.interactor.stage()] }

// eofGrace is how long the end of the interactor's output is kept from the program. An interactor that closes its output
// by ending has ended within a millisecond.
const eofGrace = 5 * time.Millisecond

// propagateEOF shows each side the end of its input when it is due.
func (p *pair) propagateEOF(now time.Time) {
	d := p.duty()
	if p.toInteractor.drained() && d.toInteractor == eofAtOnce {
		p.toInteractor.sendEOF()
	}
	if !p.toProgram.drained() {
		return
	}
	if p.eofAt.IsZero() {
		p.eofAt = now
	}
	if d.toProgram == eofAtOnce || d.toProgram == eofAfterGrace && now.Sub(p.eofAt) >= eofGrace {
		p.toProgram.sendEOF()
	}
}
