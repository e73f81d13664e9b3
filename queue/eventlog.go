package queue

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/queue/failpoint"
	"github.com/gaveloj/gavel/queue/message"
)

// eventSequence is the events of one submission as they follow each other in the stream. It is the one place that numbers
// them. Each is published with the stream's sequence of the one before, so that the server refuses what a worker says that was taken for dead meanwhile: nothing comes
// behind the last event of an attempt, and there is one last event.
type eventSequence struct {
	out publisher
	who api.Identity

	synced bool   // the following is known
	last   uint64 // stream sequence of the newest event of the submission; 0 when there is none
	number int    // of the newest event of the attempt
	done   bool   // the attempt's last event is there
}

// publish publishes an event that may be lost. It returns when the server has stored or refused it.
func (t *eventSequence) publish(ctx context.Context, e api.Event) error {
	msg, err := t.next(ctx, e)
	if err != nil || msg == nil {
		return err
	}
	ack, err := t.out.tryStore(ctx, msg)
	if client.WrongLastSequence(err) { // an earlier attempt, or another worker: read, and publish it once more
		t.synced = false
		if msg, err = t.next(ctx, e); err != nil || msg == nil {
			return err
		}
		ack, err = t.out.tryStore(ctx, msg)
	}
	t.noteStored(ack, err)
	return err
}

// finish publishes the last event of the attempt, unless it is there, and returns when it is stored.
func (t *eventSequence) finish(ctx context.Context, e api.Event) error {
	for {
		var msg *nats.Msg
		err := retryTransient(ctx, t.out.patience, func() (err error) {
			msg, err = t.next(ctx, e)
			return err
		})
		if err != nil || msg == nil {
			return err
		}
		// No message ID: the sequence keeps a second one out, and a server that has the ID of one that it refused calls the
		// next a duplicate without storing it.
		failpoint.Reach("before done")
		ack, err := t.out.store(ctx, msg)
		failpoint.Reach("after done")
		if t.noteStored(ack, err); !client.WrongLastSequence(err) {
			return err
		}
	}
}

// next makes the message of the event that follows; nil when nothing may follow.
func (t *eventSequence) next(ctx context.Context, e api.Event) (*nats.Msg, error) {
	if err := t.sync(ctx); err != nil || t.done {
		return nil, err
	}
	e.Version, e.Submission, e.Attempt, e.Sequence = api.Version, t.who.ID, t.who.Attempt, t.number+1
	msg, err := encode(message.EventSubject(t.who.ID), e)
	if err == nil {
		msg.Header.Set(jetstream.ExpectedLastSubjSeqHeader, strconv.FormatUint(t.last, 10))
	}
	return msg, err
}

// noteStored notes what became of a message. After an error it may be stored or not.
func (t *eventSequence) noteStored(ack *jetstream.PubAck, err error) {
	if err != nil {
		t.synced = false
		return
	}
	t.last, t.number = ack.Sequence, t.number+1
}

// sync reads the newest event, where it is not known.
func (t *eventSequence) sync(ctx context.Context) error {
	if t.synced {
		return nil
	}
	found, err := t.out.conn.LastMessage(ctx, message.StreamEvents, message.EventSubject(t.who.ID))
	if err != nil && !errors.Is(err, jetstream.ErrMsgNotFound) {
		return err
	}
	var newest api.Event // stays empty where there is none, and where somebody else wrote what is none
	t.synced, t.last, t.number = true, 0, 0
	if found != nil {
		_ = json.Unmarshal(found.Data, &newest)
		t.last = found.Sequence
	}
	if newest.Attempt == t.who.Attempt {
		t.number, t.done = newest.Sequence, newest.Stage == api.StageDone
	}
	return nil
}

// progress sends the events of one submission, at most one per event gap. Of several that come within one gap only
// the newest is sent. Judging never waits for it.
type progress struct {
	pending chan struct{} // capacity 1: "there is something to send"
	done    chan struct{} // closed by stop
	abort   context.CancelFunc
	loop    sync.WaitGroup

	mu     sync.Mutex
	latest *api.Event // guarded by mu; not sent yet

	gap    time.Duration  // between two events
	events *eventSequence // owned by loop until stop has returned
}

// newProgress starts the loop. After a redelivery the numbers go on where the last worker left off.
func newProgress(ctx context.Context, events *eventSequence, gap time.Duration) *progress {
	ctx, abort := context.WithCancel(ctx)
	p := &progress{pending: make(chan struct{}, 1), done: make(chan struct{}), abort: abort, gap: gap, events: events}
	p.loop.Go(func() {
		_ = guarded(events.out.log, "sending events", func() error { p.run(ctx); return nil }) // it is logged
	})
	return p
}

// emit takes an event. It fills in what is the same for all events of the submission, and never blocks.
func (p *progress) emit(e api.Event) {
	if e.Stage == api.StageDone {
		return // that one is sent when the verdict is stored
	}
	p.mu.Lock()
	p.latest = &e
	p.mu.Unlock()
	select {
	case p.pending <- struct{}{}:
	default: // one is enough
	}
}

// lastAnswer is how long stop waits for the answer to an event that is on its way.
const lastAnswer = 50 * time.Millisecond

// stop ends the loop and waits for it. An event that was not sent by then is forgotten: the last one says more.
func (p *progress) stop() {
	close(p.done)
	late := time.AfterFunc(lastAnswer, p.abort)
	p.loop.Wait()
	late.Stop()
	p.abort()
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
		case <-p.pending:
			p.send(ctx)
		case <-p.done:
			return
		}
		gap.Reset(p.gap)
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
	err := p.events.publish(ctx, *e)
	failpoint.Reach("progress")
	if err != nil {
		p.events.out.log.Debug().Err(err).Str("submission", p.events.who.ID).Msg("event not sent")
	}
}
