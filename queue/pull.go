package queue

import (
	"context"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/gaveloj/gavel/message"
)

// lookTime is how long a request stays with the server. The bell rings when a message is stored, and the consumer hears
// of it a moment later: a request that did not wait at all was seen to miss it.
const lookTime = 10 * time.Millisecond

// silence is how long a slot waits for an answer.
const silence = lookTime + time.Second

// pull asks for one submission of a lane. Where the server has none it answers so; where it does not answer, another
// look is worth it. Late answers are waited for until ctx ends.
//
// What nats.go has for it was measured in 2026 (1.55), and falls short in two ways: its message iterator stalled for 30 s
// under load with messages waiting, and its Fetch hangs up after a second of silence. A message that the server had sent
// by then is nobody's until the ack wait is over.
func (s *source) pull(ctx context.Context, lane string) (msg *nats.Msg, answered bool, err error) {
	nc := s.conn.NATS()
	answers := make(chan *nats.Msg, 2)
	sub, err := nc.ChanSubscribe(nc.NewInbox(), answers)
	if err != nil {
		return nil, false, fmt.Errorf("wait for submissions: %w", err)
	}
	subject := "$JS.API.CONSUMER.MSG.NEXT." + message.StreamSubmissions + "." + laneConsumer(s.cfg.Pool, lane)
	request := fmt.Appendf(nil, `{"batch":1,"expires":%d}`, lookTime.Nanoseconds())
	if err := nc.PublishRequest(subject, sub.Subject, request); err != nil {
		_ = sub.Unsubscribe() // the connection is lost, and with it the subscription
		return nil, false, fmt.Errorf("ask for submissions: %w", err)
	}
	select {
	case msg = <-answers:
	case <-time.After(silence):
		s.late.Go(func() { s.awaitLate(ctx, sub, answers) })
		return nil, false, nil
	}
	_ = sub.Unsubscribe() // as above
	if status := msg.Header.Get("Status"); status != "" {
		answered, err := noMessage(status, msg.Header.Get("Description"))
		return nil, answered, err
	}
	return msg, true, nil
}

// noMessage reads an answer that is not a message: there is none now, or the server says why it can give none.
func noMessage(status, description string) (answered bool, err error) {
	switch {
	case status == "404" || status == "408":
		return true, nil
	case status == "503":
		return false, nats.ErrNoResponders
	case description == "Consumer Deleted":
		return false, jetstream.ErrConsumerDeleted
	}
	return false, fmt.Errorf("server has no submission to give: %s %s", status, description)
}

// awaitLate hands back what comes after the slot has turned to something else.
func (s *source) awaitLate(ctx context.Context, sub *nats.Subscription, answers <-chan *nats.Msg) {
	defer func() { _ = sub.Unsubscribe() }() // as above
	select {
	case msg := <-answers:
		if msg.Header.Get("Status") == "" {
			s.pass(msg)
		}
	case <-time.After(s.cfg.AckWait): // it is delivered again in any case
	case <-ctx.Done():
	}
}

// pass gives a submission back at once, for another worker.
func (s *source) pass(msg *nats.Msg) {
	// A nak that waits until the server knows: who is called before would find nothing. A lost one costs the ack wait.
	_, _ = s.conn.NATS().Request(msg.Reply, []byte("-NAK"), time.Second)
	if _, lane, _, err := message.ParseSubmissionSubject(msg.Subject); err == nil {
		_ = s.conn.NATS().Publish(message.DoorbellSubject(s.cfg.Pool, lane), nil) // else they find it at their next look
	}
}
