package queue

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/gaveloj/gavel/message"
)

const (
	// withdrawRest is how long a canceled attempt is left to who has it in hand, before it is looked for in the queue.
	withdrawRest = 500 * time.Millisecond
	// withdrawMessages and withdrawBytes bound how deep one look into the queue goes. What waits further behind is
	// canceled when it is delivered.
	withdrawMessages = 50_000
	withdrawBytes    = 512 << 20
)

// withdraw ends canceled attempts that wait in the queue, also where nobody will take them, until ctx ends. Of all
// workers the one whose name comes first does it. Their messages stay where they are: whoever gets one finds the verdict.
// It promises nothing: a cancellation that is missed here is found at the delivery.
func (w *Worker) withdraw(ctx context.Context) {
	for {
		select {
		case <-w.cancels.heardOfOthers:
		case <-ctx.Done():
			return
		}
		if !pause(ctx, withdrawRest) {
			return
		}
		unwanted := w.cancels.takeOthers()
		if !w.cfg.Peers.first() {
			continue
		}
		if err := w.withdrawAll(ctx, unwanted); err != nil && ctx.Err() == nil {
			w.cfg.Log.Debug().Err(err).Msg("canceled submissions not looked for in the queue")
		}
	}
}

// withdrawAll goes through the queue once for all attempts that have no verdict.
func (w *Worker) withdrawAll(ctx context.Context, unwanted map[string]struct{}) error {
	for key := range unwanted {
		_, err := lastStored(ctx, w.conn, message.StreamVerdicts, message.VerdictSubjectOf(key))
		if err == nil {
			delete(unwanted, key)
		} else if !errors.Is(err, jetstream.ErrMsgNotFound) {
			return err
		}
	}
	if len(unwanted) == 0 {
		return nil
	}
	stream, err := w.conn.JetStream().Stream(ctx, message.StreamSubmissions)
	if err != nil {
		return err
	}
	left := budget{messages: withdrawMessages, bytes: withdrawBytes}
	for msg, err := range peek(ctx, stream, everySubmission, 0, &left) {
		if err != nil {
			return err
		}
		if err := w.withdrawOne(ctx, msg, unwanted); err != nil {
			return err
		}
		if len(unwanted) == 0 {
			return nil
		}
	}
	return nil
}

// withdrawOne gives the attempt its verdict and its last event, if it is one of the unwanted, and keeps the message for
// judging it again.
func (w *Worker) withdrawOne(ctx context.Context, msg *jetstream.RawStreamMsg, unwanted map[string]struct{}) error {
	s, who, err := message.Decode(msg.Data)
	key := message.AttemptKey(who.ID, who.Attempt)
	if _, yes := unwanted[key]; !yes || err != nil || checkNamespace(msg.Subject, who.ID) != nil {
		return nil // what is wrong with it, the one says to whom it is delivered
	}
	delete(unwanted, key)
	entry, err := readEntry(ctx, w.conn, message.BucketCancellations, key)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return nil // it was taken back
	}
	if err != nil {
		return err
	}
	ctx, cancel := linger(ctx, settleTime)
	defer cancel()
	d := &delivery{
		Worker: w, received: time.Now(), who: who, language: s.Language,
		msg: &nats.Msg{Subject: msg.Subject, Data: msg.Data}, meta: &nats.MsgMetadata{Timestamp: msg.Time},
	}
	d.archive(ctx, s)() // one try
	report := canceledReport(message.ReadCancellation(entry))
	d.stamp(s, &report)
	stored, err := d.publishVerdict(ctx, report)
	if err != nil {
		return err
	}
	return d.publishDone(ctx, stored)
}
