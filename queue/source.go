package queue

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/gaveloj/gavel/client"
	"github.com/gaveloj/gavel/message"
)

// source is where a worker pulls from: the consumers of its pool, one for each lane.
//
// Each look into a lane is one short request: one that waits for what may come cannot wait in several lanes without being
// answered more than once.
type source struct {
	conn  *client.Conn
	cfg   Config
	lanes *lanes
	bell  *bell

	late    sync.WaitGroup // for answers that come late
	opening sync.Mutex     // held by open
	mu      sync.Mutex
	tries   jetstream.KeyValue // guarded by mu
}

// maxUnacked is how many submissions of a lane may be in hand, or resting after a fault, on all workers together.
const maxUnacked = 20_000

// laneConsumer is what the consumer of a lane is called. Pools have names of their own choice, lanes do not, so that no
// two are called the same.
func laneConsumer(pool, lane string) string { return lane + "-" + pool }

func consumerConfig(cfg Config, lane string) jetstream.ConsumerConfig {
	return jetstream.ConsumerConfig{
		Durable:        laneConsumer(cfg.Pool, lane),
		Description:    "Workers of pool " + cfg.Pool + ", lane " + lane + ".",
		FilterSubjects: message.LaneSubjects(cfg.Pool, lane),
		AckPolicy:      jetstream.AckExplicitPolicy,
		AckWait:        cfg.AckWait,
		// The server redelivers for ever: when it stops by itself, the message stays in the stream and nobody hears
		// of it. The worker counts and gives up with a verdict.
		MaxDeliver:    -1,
		MaxAckPending: maxUnacked,
	}
}

// open makes the streams and the consumers where they are missing.
func (s *source) open(ctx context.Context) error {
	s.opening.Lock()
	defer s.opening.Unlock()
	if err := EnsureStreams(ctx, s.conn, s.cfg.Replicas); err != nil {
		return err
	}
	tries, err := s.conn.JetStream().KeyValue(ctx, message.BucketTries)
	if err != nil {
		return fmt.Errorf("open bucket %s: %w", message.BucketTries, err)
	}
	if err := s.openConsumers(ctx); err != nil {
		return err
	}
	s.mu.Lock()
	s.tries = tries
	s.mu.Unlock()
	s.hear("") // what came before
	return nil
}

// openConsumers makes the consumer of each lane. A consumer of the whole pool, as earlier versions had it, makes way.
func (s *source) openConsumers(ctx context.Context) error {
	js := s.conn.JetStream()
	err := js.DeleteConsumer(ctx, message.StreamSubmissions, "pool-"+s.cfg.Pool)
	if err != nil && !errors.Is(err, jetstream.ErrConsumerNotFound) {
		return fmt.Errorf("remove old consumer of pool %s: %w", s.cfg.Pool, err)
	}
	for _, lane := range message.Lanes() {
		_, err := js.CreateOrUpdateConsumer(ctx, message.StreamSubmissions, consumerConfig(s.cfg, lane))
		if err != nil {
			return fmt.Errorf("prepare consumer of pool %s, lane %s: %w", s.cfg.Pool, lane, err)
		}
	}
	return nil
}

// listen hears of new submissions until the stop function is called.
func (s *source) listen() (stop func(), err error) {
	sub, err := s.conn.NATS().Subscribe(message.DoorbellSubject(s.cfg.Pool, ">"), func(msg *nats.Msg) {
		s.hear(strings.Split(msg.Subject, ".")[3])
	})
	if err != nil {
		return nil, fmt.Errorf("listen to %s: %w", message.DoorbellSubject(s.cfg.Pool, ">"), err)
	}
	return func() { _ = sub.Unsubscribe() }, nil // the connection may be closed already
}

// hear notes that there may be something in a lane, "" in each.
func (s *source) hear(lane string) {
	s.lanes.heard(lane)
	s.bell.ring()
}

// openPatiently is open, again and again while the server does not answer, for as long as the worker's patience.
func (s *source) openPatiently(ctx context.Context) error {
	return patiently(ctx, s.cfg.Patience, func() error {
		err := s.open(ctx)
		if err != nil {
			s.cfg.Log.Debug().Err(err).Msg("streams are not ready")
		}
		return err
	})
}

// bucket is where tries are kept.
func (s *source) bucket() jetstream.KeyValue {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tries
}

// next looks for a submission: in each lane with all, else in those that are not known to be empty. It returns nil when
// there is none.
func (s *source) next(ctx context.Context, all bool) (*nats.Msg, look, error) {
	for _, k := range s.lanes.order(all) {
		msg, answered, err := s.pull(ctx, k.lane.name)
		if msg != nil || err != nil {
			return msg, k, err
		}
		if answered {
			k.empty()
		}
	}
	return nil, look{}, nil
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
