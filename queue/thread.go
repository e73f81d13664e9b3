package queue

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/gaveloj/gavel/client"
	"github.com/gaveloj/gavel/message"
)

// thread is the events of one submission as they follow each other in the stream. Each is published with the sequence of
// the one before, so that the server refuses what a worker says that was taken for dead meanwhile: nothing comes
// behind the last event of an attempt, and there is one last event.
type thread struct {
	w   *Worker
	who message.Identity

	certain bool   // the following is known
	last    uint64 // stream sequence of the newest event of the submission; 0 when there is none
	number  int    // of the newest event of the attempt
	over    bool   // the attempt's last event is there
}

// add publishes an event that may be lost. It returns when the server has stored or refused it.
func (t *thread) add(ctx context.Context, e message.Event) error {
	msg, err := t.next(ctx, e)
	if err != nil || msg == nil {
		return err
	}
	ack, err := t.w.tryStore(ctx, msg)
	if client.WrongLastSequence(err) { // an earlier attempt, or another worker: look, and say it once more
		t.certain = false
		if msg, err = t.next(ctx, e); err != nil || msg == nil {
			return err
		}
		ack, err = t.w.tryStore(ctx, msg)
	}
	t.added(ack, err)
	return err
}

// finish publishes the last event of the attempt, unless it is there, and returns when it is stored.
func (t *thread) finish(ctx context.Context, e message.Event) error {
	for {
		var msg *nats.Msg
		err := patiently(ctx, t.w.cfg.Patience, func() (err error) {
			msg, err = t.next(ctx, e)
			return err
		})
		if err != nil || msg == nil {
			return err
		}
		// No message ID: the sequence keeps a second one out, and a server that has the ID of one that it refused calls the
		// next a duplicate without storing it.
		step("before done")
		ack, err := t.w.store(ctx, msg)
		step("after done")
		if t.added(ack, err); !client.WrongLastSequence(err) {
			return err
		}
	}
}

// next makes the message of the event that follows; nil when nothing may follow.
func (t *thread) next(ctx context.Context, e message.Event) (*nats.Msg, error) {
	if err := t.look(ctx); err != nil || t.over {
		return nil, err
	}
	e.Version, e.Submission, e.Attempt, e.Sequence = message.Version, t.who.ID, t.who.Attempt, t.number+1
	msg, err := encode(message.EventSubject(t.who.ID), e)
	if err == nil {
		msg.Header.Set(jetstream.ExpectedLastSubjSeqHeader, strconv.FormatUint(t.last, 10))
	}
	return msg, err
}

// added notes what became of a message. After an error it may be stored or not.
func (t *thread) added(ack *jetstream.PubAck, err error) {
	if err != nil {
		t.certain = false
		return
	}
	t.last, t.number = ack.Sequence, t.number+1
}

// look finds out how the thread stands, where that is not certain.
func (t *thread) look(ctx context.Context) error {
	if t.certain {
		return nil
	}
	found, err := lastStored(ctx, t.w.conn, message.StreamEvents, message.EventSubject(t.who.ID))
	if err != nil && !errors.Is(err, jetstream.ErrMsgNotFound) {
		return err
	}
	var newest message.Event // stays empty where there is none, and where somebody else wrote what is none
	_ = json.Unmarshal(found.data, &newest)
	t.certain, t.last, t.number = true, found.sequence, 0
	if newest.Attempt == t.who.Attempt {
		t.number, t.over = newest.Sequence, newest.Stage == message.StageDone
	}
	return nil
}
