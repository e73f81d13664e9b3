package queue

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/queue/internal/retry"
	"github.com/gaveloj/gavel/queue/lanes"
	"github.com/gaveloj/gavel/queue/message"
	"github.com/gaveloj/gavel/queue/storage"
)

// source is where a worker pulls from: the consumers of its pool, one for each lane.
//
// Each probe of a lane is one short request: one that waits for what may come cannot wait in several lanes without being
// answered more than once.
type source struct {
	conn  *client.Conn
	cfg   Config
	lanes *lanes.Lanes
	waker *waker

	late      sync.WaitGroup // for answers that come late
	opening   sync.Mutex     // held by open
	mu        sync.Mutex
	histories jetstream.KeyValue // guarded by mu
	kept      []keptMessage      // what came late, for the next slot; guarded by mu
}

// maxUnacked is how many submissions of a lane may be in hand, or resting after a fault, on all workers together.
const maxUnacked = 20_000

func consumerConfig(cfg Config, lane string) jetstream.ConsumerConfig {
	return jetstream.ConsumerConfig{
		Durable:        message.LaneConsumer(cfg.Pool, lane),
		Description:    "Workers of pool " + cfg.Pool + ", lane " + lane + ".",
		FilterSubjects: message.LaneSubjects(cfg.Pool, lane),
		AckPolicy:      jetstream.AckExplicitPolicy,
		AckWait:        cfg.AckWait,
		// The server redelivers for ever: when it stops by itself, the message stays in the stream and nobody
		// is informed. The worker counts and gives up with a verdict.
		MaxDeliver:    -1,
		MaxAckPending: maxUnacked,
	}
}

// open makes the streams and the consumers where they are missing.
func (s *source) open(ctx context.Context) error {
	s.opening.Lock()
	defer s.opening.Unlock()
	if err := storage.Ensure(ctx, s.conn, s.cfg.Replicas); err != nil {
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
	s.histories = tries
	s.mu.Unlock()
	s.notify("") // what came before
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

// listen subscribes to notifications of new submissions until the stop function is called.
func (s *source) listen() (stop func(), err error) {
	sub, err := s.conn.NATS().Subscribe(message.DoorbellSubject(s.cfg.Pool, ">"), func(msg *nats.Msg) {
		s.hear(strings.Split(msg.Subject, ".")[3])
	})
	if err != nil {
		return nil, fmt.Errorf("listen to %s: %w", message.DoorbellSubject(s.cfg.Pool, ">"), err)
	}
	return func() { _ = sub.Unsubscribe() }, nil // the connection may be closed already
}

// woken is how many workers of a fleet with nothing to do a new submission wakes, on the average. All of a large one would ask
// for it at once, and a consumer refuses more than 512 requests that wait (max_waiting of nats-server).
const woken = 64

// hear is told of a new submission, like every worker of the pool. In a large fleet it wakes some of the idle ones; the others know
// that the lane has something, so that slots which have just ended look there too.
func (s *source) hear(lane string) {
	s.lanes.Notify(lane)
	if n := s.cfg.Peers.fleet(); n <= woken || rand.N(n) < woken {
		s.waker.wake()
	}
}

// notify marks a lane (or all, for "") as possibly non-empty, and wakes a slot.
func (s *source) notify(lane string) {
	s.lanes.Notify(lane)
	s.waker.wake()
}

// openWithRetry is open, again and again while the server does not answer, for as long as the worker's patience.
func (s *source) openWithRetry(ctx context.Context) error {
	return retryTransient(ctx, s.cfg.Patience, func() error {
		err := s.open(ctx)
		if err != nil {
			s.cfg.Log.Debug().Err(err).Msg("streams are not ready")
		}
		return err
	})
}

// historyBucket holds the histories of deliveries.
func (s *source) historyBucket() jetstream.KeyValue {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.histories
}

// next looks for a submission: in each lane with all, else in those that are not known to be empty. It returns nil when
// there is none.
func (s *source) next(ctx context.Context, all bool) (*nats.Msg, lanes.Probe, error) {
	for _, k := range s.lanes.Order(all) {
		if msg := s.takeKept(k.Lane.Name); msg != nil {
			return msg, k, nil
		}
		msg, answered, err := s.pull(ctx, k.Lane.Name)
		if msg != nil || err != nil {
			return msg, k, err
		}
		if answered {
			k.FoundNothing()
		}
	}
	return nil, lanes.Probe{}, nil
}

// reopen recovers from an interruption: it rests, and makes the consumer anew when somebody deleted it.
func (s *source) reopen(ctx context.Context, err error) {
	gone := errors.Is(err, jetstream.ErrConsumerDeleted) || errors.Is(err, jetstream.ErrConsumerNotFound) ||
		errors.Is(err, nats.ErrNoResponders)
	if gone && s.conn.Connected() {
		ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
		defer cancel()
		if err := s.open(ctx); err == nil {
			return
		}
	}
	retry.Sleep(ctx, 100*time.Millisecond)
}

// requestExpiry is how long a request stays with the server. The notification comes when a message is stored, and the
// consumer knows it a moment later: a request that did not wait at all was seen to miss it.
const requestExpiry = 10 * time.Millisecond

// answerTimeout is how long a slot waits for an answer.
const answerTimeout = requestExpiry + time.Second

// pullRequests are the requests of one pull, each sent when the one before has found nothing.
//
// A request that has an expiry may be over before the server has read a large message from its disk, as often as it is
// repeated. One that waits for nothing is kept until the message is read, so it has the last word.
var pullRequests = []string{
	fmt.Sprintf(`{"batch":1,"expires":%d}`, requestExpiry.Nanoseconds()),
	`{"batch":1,"no_wait":true}`,
}

// pull asks for one submission of a lane. Where the server has none it answers so; where it does not answer, another
// probe is worth it. Late answers are waited for until ctx ends.
//
// What nats.go has for it was measured in 2026 (1.55), and falls short in two ways: its message iterator stalled for 30 s
// under load with messages waiting, and its Fetch hangs up after a second of silence. A message that the server had sent
// by then is nobody's until the ack wait is over.
func (s *source) pull(ctx context.Context, lane string) (msg *nats.Msg, answered bool, err error) {
	nc := s.conn.NATS()
	answers := make(chan *nats.Msg, 2*len(pullRequests))
	sub, err := nc.ChanSubscribe(nc.NewInbox(), answers)
	if err != nil {
		return nil, false, fmt.Errorf("wait for submissions: %w", err)
	}
	late := false
	defer func() {
		if !late {
			_ = sub.Unsubscribe() // when the connection is lost, the subscription is as well
		}
	}()
	subject := "$JS.API.CONSUMER.MSG.NEXT." + message.StreamSubmissions + "." + message.LaneConsumer(s.cfg.Pool, lane)
	for _, request := range pullRequests {
		if err := nc.PublishRequest(subject, sub.Subject, []byte(request)); err != nil {
			return nil, false, fmt.Errorf("ask for submissions: %w", err)
		}
		select {
		case msg = <-answers:
		case <-time.After(answerTimeout):
			late = true
			s.late.Go(func() { s.awaitLate(ctx, lane, sub, answers) })
			return nil, false, nil
		}
		if !isStatus(msg) {
			return msg, true, nil
		}
		if err := noMessage(msg.Header.Get("Status"), msg.Header.Get("Description")); err != nil {
			return nil, false, err
		}
	}
	return nil, true, nil
}

// isStatus reports whether an answer is the server's own: nobody acknowledges it. Headers do not tell: whoever publishes a
// submission may give it those of a status.
func isStatus(msg *nats.Msg) bool { return msg.Reply == "" }

// noMessage reads an answer that is not a message: there is none now, or the server says why it can give none.
func noMessage(status, description string) error {
	switch {
	case status == "404" || status == "408":
		return nil
	case status == "503":
		return nats.ErrNoResponders
	case description == "Consumer Deleted":
		return jetstream.ErrConsumerDeleted
	}
	return fmt.Errorf("server has no submission to give: %s %s", status, description)
}

// keptMessage is a submission that came after the slot which had asked for it turned to something else.
type keptMessage struct {
	lane  string
	msg   *nats.Msg
	taken chan struct{} // closed when a slot takes it
}

// keepTime is how long a late submission is kept for a slot: one that is idle may be waiting for the answer to another
// pull. Over a slow connection every large submission is late, and would never be judged if each went back.
const keepTime = 2 * answerTimeout

// awaitLate offers what comes late to the next slot of this worker, and hands it back where no slot takes it.
func (s *source) awaitLate(ctx context.Context, lane string, sub *nats.Subscription, answers <-chan *nats.Msg) {
	defer func() { _ = sub.Unsubscribe() }() // as in pull
	select {
	case msg := <-answers:
		if !isStatus(msg) && !s.keep(ctx, lane, msg) {
			s.release(msg)
		}
	case <-time.After(s.cfg.AckWait): // it is delivered again in any case
	case <-ctx.Done():
	}
}

// keep reports whether a slot has taken the message in time.
func (s *source) keep(ctx context.Context, lane string, msg *nats.Msg) (taken bool) {
	k := keptMessage{lane, msg, make(chan struct{})}
	s.mu.Lock()
	s.kept = append(s.kept, k)
	s.mu.Unlock()
	s.notify(lane)
	select {
	case <-k.taken:
		return true
	case <-time.After(keepTime):
	case <-ctx.Done():
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	left := slices.DeleteFunc(s.kept, func(other keptMessage) bool { return other.msg == msg })
	taken = len(left) == len(s.kept)
	s.kept = left
	return taken
}

// takeKept takes the oldest message of a lane that came late; nil where there is none.
func (s *source) takeKept(lane string) *nats.Msg {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.kept, func(k keptMessage) bool { return k.lane == lane })
	if i < 0 {
		return nil
	}
	k := s.kept[i]
	s.kept = slices.Delete(s.kept, i, i+1)
	close(k.taken)
	return k.msg
}

// release gives a submission back at once, for another worker.
func (s *source) release(msg *nats.Msg) {
	// A nak that waits until the server knows: who is called before would find nothing. A lost one costs the ack wait.
	_, _ = s.conn.NATS().Request(msg.Reply, []byte("-NAK"), time.Second)
	if _, lane, _, err := message.ParseSubmissionSubject(msg.Subject); err == nil {
		_ = s.conn.NATS().Publish(message.DoorbellSubject(s.cfg.Pool, lane), nil) // else they find it at their next poll
	}
}
