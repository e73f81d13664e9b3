package queue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/gaveloj/gavel/message"
)

// progress sends the events of one submission, at most one per event gap. Of several that come within one gap only
// the newest is sent. Judging never waits for it.
type progress struct {
	w   *Worker
	who message.Identity

	news chan struct{} // capacity 1: "there is something to send"
	done chan struct{} // closed by stop
	loop sync.WaitGroup

	mu     sync.Mutex
	latest *message.Event // guarded by mu; not sent yet

	sequence int // owned by loop until stop has returned
}

// newProgress starts the loop. After a redelivery the numbers go on where the last worker left off.
func newProgress(ctx context.Context, w *Worker, who message.Identity, redelivered bool) *progress {
	p := &progress{w: w, who: who, news: make(chan struct{}, 1), done: make(chan struct{})}
	p.loop.Go(func() {
		if redelivered {
			last, err := w.lastEvent(ctx, who)
			if err != nil {
				w.cfg.Log.Debug().Err(err).Str("submission", who.ID).Msg("last event not read")
			}
			p.sequence = last.Sequence
		}
		p.run()
	})
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

// stop ends the loop and waits for it. An event that was not sent by then is forgotten: the last one says more.
func (p *progress) stop() {
	close(p.done)
	p.loop.Wait()
}

func (p *progress) run() {
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
			p.send()
		case <-p.done:
			return
		}
		gap.Reset(p.w.cfg.EventGap)
	}
}

// send publishes without waiting for an answer: an event that gets lost is made up for by the next.
func (p *progress) send() {
	p.mu.Lock()
	e := p.latest
	p.latest = nil
	p.mu.Unlock()
	if e == nil {
		return
	}
	p.sequence++
	msg, err := encode(message.EventSubject(p.who.ID), stampEvent(*e, p.who, p.sequence))
	if err == nil {
		err = p.w.conn.NATS().PublishMsg(msg)
		step("progress")
	}
	if err != nil {
		p.w.cfg.Log.Debug().Err(err).Str("submission", p.who.ID).Msg("event not sent")
	}
}

func stampEvent(e message.Event, who message.Identity, sequence int) message.Event {
	e.Version, e.Submission, e.Attempt, e.Sequence = message.Version, who.ID, who.Attempt, sequence
	return e
}

// publishDone sends the last event of the attempt, and waits until it is stored. Where somebody else has sent it, it is
// not sent again.
func (d *delivery) publishDone(ctx context.Context, report message.Report) error {
	sequence := 0
	if d.progress != nil {
		sequence = d.progress.sequence
	}
	if d.progress == nil || d.foreign {
		last, err := d.lastEvent(ctx, d.who)
		if err != nil {
			return fmt.Errorf("read last event: %w", err)
		}
		if last.Stage == message.StageDone {
			return nil
		}
		sequence = max(sequence, last.Sequence)
	}
	event := message.Event{
		Stage: message.StageDone, Verdict: string(report.Verdict), Test: len(report.Tests), Tests: len(report.Tests),
	}
	msg, err := encode(message.EventSubject(d.who.ID), stampEvent(event, d.who, sequence+1))
	if err != nil {
		return err
	}
	msg.Header.Set(jetstream.MsgIDHeader, fmt.Sprintf("%s.%d.done", d.who.ID, d.who.Attempt))
	step("before done")
	_, err = d.store(ctx, msg)
	step("after done")
	return err
}

// lastEvent is the newest event of the attempt, or the zero value when there is none.
func (w *Worker) lastEvent(ctx context.Context, who message.Identity) (message.Event, error) {
	ctx, cancel := context.WithTimeout(ctx, settleTime)
	defer cancel()
	var last message.Event
	raw, err := w.source.lastEvent(ctx, who)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return last, nil
	}
	if err != nil {
		return last, err
	}
	if json.Unmarshal(raw.Data, &last) != nil || last.Attempt != who.Attempt {
		return message.Event{}, nil
	}
	return last, nil
}
