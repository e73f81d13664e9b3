package client

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/queue/message"
)

// Listener is told what workers publish. Each function may be nil. They are called one at a time, and should not take long:
// what comes too fast for them is lost.
type Listener struct {
	Event   func(api.Event)
	Verdict func(api.Report)
}

// Listen has l called with the events and verdicts of every submission that the user may see, from now on, until stop is called.
// Nothing is made up for: who has to miss none uses Watch and Wait. What cannot be decoded is left out.
func (c *Client) Listen(l Listener) (stop func(), err error) {
	news := make(chan *nats.Msg, 4096)
	var subs []*nats.Subscription
	for _, subject := range []string{message.EveryEvent, message.EveryVerdict} {
		sub, subErr := c.conn.nc.ChanSubscribe(subject, news)
		if subErr != nil {
			err = errors.Join(err, fmt.Errorf("listen to %s: %w", subject, subErr))
			continue
		}
		subs = append(subs, sub)
	}
	ended, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case msg := <-news:
				l.tell(msg)
			case <-ended:
				return
			}
		}
	}()
	stop = func() {
		for _, sub := range subs {
			_ = sub.Unsubscribe() // when the connection is lost, the subscription is as well
		}
		close(ended)
		<-done
	}
	if err != nil {
		stop()
	}
	return stop, err
}

// tell passes one message on.
func (l Listener) tell(msg *nats.Msg) {
	var event api.Event
	var verdict api.Report
	switch {
	case l.Event != nil && json.Unmarshal(msg.Data, &event) == nil && message.EventSubject(event.Submission) == msg.Subject:
		l.Event(event)
	case l.Verdict != nil && json.Unmarshal(msg.Data, &verdict) == nil &&
		message.VerdictSubject(verdict.Submission, verdict.Attempt) == msg.Subject:
		l.Verdict(verdict)
	}
}
