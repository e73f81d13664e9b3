package queue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/rs/zerolog"

	"github.com/gaveloj/gavel/metrics"
	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/queue/internal/retry"
)

// publisher stores messages in the name of a worker.
type publisher struct {
	conn     *client.Conn  // borrowed
	name     string        // of the worker
	patience time.Duration // with a server that answers but refuses
	log      zerolog.Logger
	metrics  *metrics.Metrics // may be nil
}

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
// until ctx ends; with a server that answers but refuses, while its patience lasts. Answers that will not change are
// returned at once.
func (p publisher) store(ctx context.Context, msg *nats.Msg) (ack *jetstream.PubAck, err error) {
	var refusedSince time.Time
	err = retry.Do(ctx, storeBackoff(), func() (again bool, err error) {
		ack, err = p.tryStore(ctx, msg)
		if err == nil || final(err) {
			return false, err
		}
		switch {
		case !p.conn.Connected():
			refusedSince = time.Time{}
		case refusedSince.IsZero():
			refusedSince = time.Now()
		case time.Since(refusedSince) > p.patience:
			return false, err
		}
		return true, err
	})
	return ack, err
}

// storeBackoff is how long to rest between two tries to store a message.
func storeBackoff() retry.Backoff {
	return retry.Backoff{First: 20 * time.Millisecond, Max: time.Second}
}

func (p publisher) tryStore(ctx context.Context, msg *nats.Msg) (*jetstream.PubAck, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	return p.conn.JetStream().PublishMsg(ctx, msg, jetstream.WithRetryAttempts(0))
}

// final reports whether the server's answer will be the same next time.
func final(err error) bool {
	return errors.Is(err, nats.ErrMaxPayload) || errors.Is(err, nats.ErrConnectionClosed) ||
		client.HasCode(err, jetstream.JSErrCodeStreamWrongLastSequence)
}

// retryTransient tries until it succeeds, fails for good, or patience is over. Each try has to end by itself: one request that a
// leader took along into its death must not use up the time of all. Those of package jetstream do, after 5 s, where ctx has
// no deadline.
func retryTransient(ctx context.Context, patience time.Duration, try func() error) error {
	started := time.Now()
	return retry.Do(ctx, retry.Every(100*time.Millisecond), func() (again bool, err error) {
		err = try()
		switch {
		case err == nil || !client.Transient(err):
			return false, err
		case time.Since(started) > patience:
			return false, fmt.Errorf("no success within %v: %w", patience, err)
		}
		return true, err
	})
}

// withGrace returns a context that ends d after ctx does, or when it is cancelled.
func withGrace(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	long, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		if retry.Sleep(long, d) {
			cancel(context.Cause(ctx))
		}
	})
	return long, func() { stop(); cancel(nil) }
}
