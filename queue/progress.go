package queue

import (
	"context"
	"sync"
	"time"

	"github.com/gaveloj/gavel/message"
)

// progress sends the events of one submission, at most one per event gap. Of several that come within one gap only
// the newest is sent. Judging never waits for it.
type progress struct {
	news   chan struct{} // capacity 1: "there is something to send"
	done   chan struct{} // closed by stop
	giveUp context.CancelFunc
	loop   sync.WaitGroup

	mu     sync.Mutex
	latest *message.Event // guarded by mu; not sent yet

	thread // owned by loop until stop has returned
}

// newProgress starts the loop. After a redelivery the numbers go on where the last worker left off.
func newProgress(ctx context.Context, w *Worker, who message.Identity, redelivered bool) *progress {
	ctx, giveUp := context.WithCancel(ctx)
	p := &progress{news: make(chan struct{}, 1), done: make(chan struct{}), giveUp: giveUp}
	p.thread = thread{w: w, who: who, certain: !redelivered}
	p.loop.Go(func() { p.run(ctx) })
	return p
}

// emit takes an event. It fills in what is the same for all events of the submission, and never blocks.
func (p *progress) emit(e message.Event) {
	if e.Stage == message.StageDone {
		return // that one is sent when the verdict is stored
	}
	p.mu.Lock()
	p.latest = &e
	p.mu.Unlock()
	select {
	case p.news <- struct{}{}:
	default: // it is told already
	}
}

// lastAnswer is how long stop waits for the answer to an event that is on its way.
const lastAnswer = 50 * time.Millisecond

// stop ends the loop and waits for it. An event that was not sent by then is forgotten: the last one says more.
func (p *progress) stop() {
	close(p.done)
	late := time.AfterFunc(lastAnswer, p.giveUp)
	p.loop.Wait()
	late.Stop()
	p.giveUp()
}

func (p *progress) run(ctx context.Context) {
	gap := time.NewTimer(0)
	defer gap.Stop()
	for {
		select {
		case <-gap.C:
		case <-p.done:
			return
		}
		select {
		case <-p.news:
			p.send(ctx)
		case <-p.done:
			return
		}
		gap.Reset(p.w.cfg.EventGap)
	}
}

// send publishes the newest event. One that gets lost is made up for by the next.
func (p *progress) send(ctx context.Context) {
	p.mu.Lock()
	e := p.latest
	p.latest = nil
	p.mu.Unlock()
	if e == nil {
		return
	}
	err := p.add(ctx, *e)
	step("progress")
	if err != nil {
		p.w.cfg.Log.Debug().Err(err).Str("submission", p.who.ID).Msg("event not sent")
	}
}

// publishDone sends the last event of the attempt, and waits until it is stored. Where somebody else has sent it, it is
// not sent again.
func (d *delivery) publishDone(ctx context.Context, report message.Report) error {
	t := &thread{w: d.Worker, who: d.who}
	if d.progress != nil {
		t = &d.progress.thread
	}
	return t.finish(ctx, message.Event{
		Stage: message.StageDone, Verdict: string(report.Verdict), Test: len(report.Tests), Tests: len(report.Tests),
	})
}
