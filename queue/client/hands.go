package client

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/gaveloj/gavel/queue/message"
)

// answerTime is how long to wait for workers that say what they judge: one on another continent needs a part of it.
const answerTime = 500 * time.Millisecond

// Hands asks the workers what they judge, and returns what comes until the given number of them has answered, or for half a
// second. It is for operators: who may not ask gets no answer.
func (c *Client) Hands(ctx context.Context, workers int) ([]message.Hands, error) {
	if workers == 0 {
		return nil, nil
	}
	answers := make(chan *nats.Msg, workers+1)
	inbox := c.conn.nc.NewInbox()
	sub, err := c.conn.nc.ChanSubscribe(inbox, answers)
	if err == nil {
		defer func() { _ = sub.Unsubscribe() }() // the connection may be closed already
		err = c.conn.nc.PublishRequest(message.InHandSubject, inbox, nil)
	}
	if err != nil {
		return nil, fmt.Errorf("ask the workers what they judge: %w", err)
	}
	late := time.NewTimer(answerTime)
	defer late.Stop()
	var all []message.Hands
	for len(all) < workers {
		select {
		case msg := <-answers:
			var hands message.Hands
			if len(msg.Data) == 0 {
				return all, nil // the server says that nobody listens there
			}
			if json.Unmarshal(msg.Data, &hands) == nil {
				all = append(all, hands)
			}
		case <-late.C:
			return all, nil
		case <-ctx.Done():
			return all, context.Cause(ctx)
		}
	}
	return all, nil
}
