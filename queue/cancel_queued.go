package queue

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/queue/internal/retry"
	"github.com/gaveloj/gavel/queue/message"
)

const (
	// cancelQueuedDelay is how long a canceled attempt is left to a worker that runs it, before the queue is searched for it.
	cancelQueuedDelay = 500 * time.Millisecond
	// cancelQueuedMessages and cancelQueuedBytes bound how far one search goes. What waits further behind is
	// canceled when it is delivered.
	cancelQueuedMessages = 50_000
	cancelQueuedBytes    = 512 << 20
)

// cancelQueued ends canceled attempts that wait in the queue, also where nobody will take them, until ctx ends. Of all
// workers the one whose name comes first does it. Their messages stay where they are: whoever gets one finds the verdict.
// It promises nothing: a cancellation that is missed here is found at the delivery.
func (w *Worker) cancelQueued(ctx context.Context) {
	for {
		select {
		case <-w.cancellations.notRunningAdded:
		case <-ctx.Done():
			return
		}
		if !retry.Sleep(ctx, cancelQueuedDelay) {
			return
		}
		unwanted := w.cancellations.takeNotRunning()
		if !w.cfg.Peers.elected() {
			continue
		}
		if err := w.cancelAllQueued(ctx, unwanted); err != nil && ctx.Err() == nil {
			w.cfg.Log.Debug().Err(err).Msg("canceled submissions not looked for in the queue")
		}
	}
}

// cancelAllQueued goes through the queue once for all attempts that have no verdict.
func (w *Worker) cancelAllQueued(ctx context.Context, unwanted map[string]struct{}) error {
	for key := range unwanted {
		_, err := w.conn.LastMessage(ctx, message.StreamVerdicts, message.VerdictSubjectOf(key))
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
	left := readBudget{messages: cancelQueuedMessages, bytes: cancelQueuedBytes}
	for msg, err := range peek(ctx, stream, message.EverySubmission, 0, &left) {
		if err != nil {
			return err
		}
		if err := w.cancelOneQueued(ctx, msg, unwanted); err != nil {
			return err
		}
		if len(unwanted) == 0 {
			return nil
		}
	}
	return nil
}

// cancelOneQueued gives the attempt its verdict and its last event, if it is one of the unwanted, and keeps the message for
// judging it again.
func (w *Worker) cancelOneQueued(ctx context.Context, msg *jetstream.RawStreamMsg, unwanted map[string]struct{}) error {
	a, err := newAttempt(w.out, *msg, 0)
	key := api.AttemptKey(a.who.ID, a.who.Attempt)
	if _, yes := unwanted[key]; !yes || err != nil {
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
	ctx, cancel := withGrace(ctx, completeTimeout)
	defer cancel()
	a.archive(ctx)() // one try
	report := canceledReport(message.ReadCancellation(entry))
	a.stamp(&report)
	stored, err := a.publishVerdict(ctx, report)
	if errors.Is(err, client.ErrUsedID) {
		return nil // as above
	}
	if err != nil {
		return err
	}
	return a.done(ctx, stored)
}
