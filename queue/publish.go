package queue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/gaveloj/gavel/client"
)

func encode(subject string, v any) (*nats.Msg, error) {
	data, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encode message of %s: %w", subject, err)
	}
	msg := nats.NewMsg(subject)
	msg.Data = data
	return msg, nil
}

// store publishes a message until the server says that it is on disk. While the server cannot be reached it tries
// until ctx ends; a server that answers but refuses gets the worker's patience. Answers that will not change are
// returned at once.
func (w *Worker) store(ctx context.Context, msg *nats.Msg) (*jetstream.PubAck, error) {
	var refusedSince time.Time
	for wait := 20 * time.Millisecond; ; wait = min(2*wait, time.Second) {
		ack, err := w.tryStore(ctx, msg)
		if err == nil || final(err) {
			return ack, err
		}
		switch {
		case !w.conn.Connected():
			refusedSince = time.Time{}
		case refusedSince.IsZero():
			refusedSince = time.Now()
		case time.Since(refusedSince) > w.cfg.Patience:
			return nil, err
		}
		if !pause(ctx, wait) {
			return nil, fmt.Errorf("%w: %w", context.Cause(ctx), err)
		}
	}
}

func (w *Worker) tryStore(ctx context.Context, msg *nats.Msg) (*jetstream.PubAck, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	return w.conn.JetStream().PublishMsg(ctx, msg, jetstream.WithRetryAttempts(0))
}

// final tells that the server's answer will be the same next time.
func final(err error) bool {
	return errors.Is(err, nats.ErrMaxPayload) || errors.Is(err, nats.ErrConnectionClosed) ||
		client.HasCode(err, jetstream.JSErrCodeStreamWrongLastSequence)
}

// patiently tries until it succeeds, fails for good, or patience is over. Each try has to end by itself: one request that a
// leader took along into its death must not use up the time of all. Those of package jetstream do, after 5 s, where ctx has
// no deadline.
func patiently(ctx context.Context, patience time.Duration, try func() error) error {
	for started := time.Now(); ; {
		err := try()
		switch {
		case err == nil || !client.Transient(err):
			return err
		case time.Since(started) > patience:
			return fmt.Errorf("no success within %v: %w", patience, err)
		case !pause(ctx, 100*time.Millisecond):
			return fmt.Errorf("%w: %w", context.Cause(ctx), err)
		}
	}
}

// linger returns a context that ends d after ctx does, or when it is cancelled.
func linger(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	long, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		if pause(long, d) {
			cancel(context.Cause(ctx))
		}
	})
	return long, func() { stop(); cancel(nil) }
}

// pause waits for d. It tells false when ctx ended first.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
