package judge

import (
	"sync"

	"github.com/gaveloj/gavel/message/verdict"
)

// events numbers the progress of one submission and passes it on, one call at a time.
type events struct {
	emit  func(Event) // nil: nobody listens
	first Event       // what is the same in every event

	mu       sync.Mutex
	sequence int  // guarded by mu
	tests    int  // highest number of tests told; guarded by mu
	ended    bool // guarded by mu
}

func newEvents(sub Submission, emit func(Event)) *events {
	return &events{
		emit:  emit,
		first: Event{Version: reportVersion, Submission: sub.ID, Attempt: sub.Attempt},
	}
}

// stage tells that a stage has begun.
func (e *events) stage(s Stage) { e.send(Event{Stage: s}) }

// testsDone tells that the first done of total tests are over. It is silent when more were told already.
func (e *events) testsDone(done, total int) {
	e.send(Event{Stage: StageTest, Test: done, Tests: total})
}

// done tells the verdict; nothing follows.
func (e *events) done(v verdict.Code) { e.send(Event{Stage: StageDone, Verdict: string(v)}) }

func (e *events) send(ev Event) {
	if e.emit == nil {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.ended || ev.Stage == StageTest && ev.Test <= e.tests {
		return
	}
	e.sequence++
	e.tests = max(e.tests, ev.Test)
	e.ended = ev.Stage == StageDone
	ev.Version, ev.Submission, ev.Attempt = e.first.Version, e.first.Submission, e.first.Attempt
	ev.Sequence = e.sequence
	e.emit(ev)
}
