package queue

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/gaveloj/gavel/client"
	"github.com/gaveloj/gavel/message"
)

// source is where a worker pulls from: the consumer of its pool.
//
// Each call of next is one pull request for one message. The message iterator of nats.go was seen to stall for 30 s
// under load with messages waiting (measured 2026, nats.go 1.55); one short request per free slot does not.
type source struct {
	conn *client.Conn
	cfg  Config

	mu       sync.Mutex
	consumer jetstream.Consumer // guarded by mu
	verdicts jetstream.Stream   // guarded by mu
	events   jetstream.Stream   // guarded by mu
}

// maxUnacked is how many submissions of a pool may be in hand, or resting after a fault, on all workers together.
const maxUnacked = 20_000

func consumerConfig(cfg Config) jetstream.ConsumerConfig {
	return jetstream.ConsumerConfig{
		Durable:       "pool-" + cfg.Pool,
		Description:   "Workers of pool " + cfg.Pool + ".",
		FilterSubject: message.SubmissionSubject(cfg.Pool, ">", ""),
		AckPolicy:     jetstream.AckExplicitPolicy,
		AckWait:       cfg.AckWait,
		// The server redelivers for ever: when it stops by itself, the message stays in the stream and nobody hears
		// of it. The worker counts and gives up with a verdict.
		MaxDeliver:    -1,
		MaxAckPending: maxUnacked,
	}
}

// open makes the streams and the consumer where they are missing.
func (s *source) open(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := EnsureStreams(ctx, s.conn, s.cfg.Replicas); err != nil {
		return err
	}
	verdicts, err := s.conn.JetStream().Stream(ctx, message.StreamVerdicts)
	if err != nil {
		return fmt.Errorf("open stream %s: %w", message.StreamVerdicts, err)
	}
	events, err := s.conn.JetStream().Stream(ctx, message.StreamEvents)
	if err != nil {
		return fmt.Errorf("open stream %s: %w", message.StreamEvents, err)
	}
	consumer, err := s.conn.JetStream().CreateOrUpdateConsumer(ctx, message.StreamSubmissions, consumerConfig(s.cfg))
	if err != nil {
		return fmt.Errorf("prepare consumer of pool %s: %w", s.cfg.Pool, err)
	}
	s.consumer, s.verdicts, s.events = consumer, verdicts, events
	return nil
}

// openPatiently is open, again and again while the server does not answer, for as long as the worker's patience.
func (s *source) openPatiently(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, s.cfg.Patience, fmt.Errorf("no success within %v", s.cfg.Patience))
	defer cancel()
	for {
		err := s.open(ctx)
		if err == nil || !client.Transient(err) {
			return err
		}
		if !pause(ctx, 100*time.Millisecond) {
			return fmt.Errorf("%w: %w", context.Cause(ctx), err)
		}
	}
}

// lastVerdict reads the verdict of an attempt.
func (s *source) lastVerdict(ctx context.Context, who message.Identity) (*jetstream.RawStreamMsg, error) {
	s.mu.Lock()
	stream := s.verdicts
	s.mu.Unlock()
	return stream.GetLastMsgForSubject(ctx, message.VerdictSubject(who.ID, who.Attempt))
}

// lastEvent reads the newest event of a submission, of whatever attempt.
func (s *source) lastEvent(ctx context.Context, who message.Identity) (*jetstream.RawStreamMsg, error) {
	s.mu.Lock()
	stream := s.events
	s.mu.Unlock()
	return stream.GetLastMsgForSubject(ctx, message.EventSubject(who.ID))
}

// next waits up to the pull wait for a submission. It returns nil when none came. It does not end early when the
// worker stops: a request that is given up could still be answered, and that submission would be lost until the ack
// wait is over.
func (s *source) next() (jetstream.Msg, error) {
	s.mu.Lock()
	consumer := s.consumer
	s.mu.Unlock()
	batch, err := consumer.Fetch(1, jetstream.FetchMaxWait(s.cfg.PullWait))
	if err != nil {
		return nil, err
	}
	msg, ok := <-batch.Messages()
	if ok {
		return msg, nil
	}
	if err := batch.Error(); !errors.Is(err, jetstream.ErrNoHeartbeat) {
		return nil, err
	}
	return nil, nil //nolint:nilnil // a missed heartbeat means nothing but: pull again
}

// mend makes up for an interruption: it rests, and makes the consumer anew when somebody deleted it.
func (s *source) mend(ctx context.Context, err error) {
	gone := errors.Is(err, jetstream.ErrConsumerDeleted) || errors.Is(err, jetstream.ErrConsumerNotFound) ||
		errors.Is(err, nats.ErrNoResponders)
	if gone && s.conn.Connected() {
		ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
		defer cancel()
		if err := s.open(ctx); err == nil {
			return
		}
	}
	pause(ctx, 100*time.Millisecond)
}
