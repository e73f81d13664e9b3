package judge

import (
	"sync"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/verdict"
)

// events passes the progress of one submission on, one call at a time. Who stores events numbers them and says whose they
// are.
type events struct {
	emit func(api.Event) // nil: nobody listens

	mu    sync.Mutex
	tests int  // highest number of tests told; guarded by mu
	ended bool // guarded by mu
}

// stage tells that a stage has begun.
func (e *events) stage(s api.Stage) { e.send(api.Event{Stage: s}) }

// testsDone tells that the first done of total tests are over. It is silent when more were told already.
func (e *events) testsDone(done, total int) {
	e.send(api.Event{Stage: api.StageTest, Test: done, Tests: total})
}

// done tells the verdict; nothing follows.
func (e *events) done(v verdict.Code) { e.send(api.Event{Stage: api.StageDone, Verdict: string(v)}) }

func (e *events) send(ev api.Event) {
	if e.emit == nil {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.ended || ev.Stage == api.StageTest && ev.Test <= e.tests {
		return
	}
	e.tests = max(e.tests, ev.Test)
	e.ended = ev.Stage == api.StageDone
	e.emit(ev)
}
