package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/queue/message"
)

// ErrSuperseded says that a dead letter is of an attempt that is not the current one any more: it was replayed or
// rejudged already.
var ErrSuperseded = errors.New("a newer attempt was made already")

// DeadLetters yields the dead letters, the oldest first: all of them, or those of one submission where id is not "". It
// is for operators.
func (c *Client) DeadLetters(ctx context.Context, id string) iter.Seq2[message.DeadLetter, error] {
	return func(yield func(message.DeadLetter, error) bool) {
		subject := "judge.dead.>"
		if id != "" {
			if err := api.CheckID(id); err != nil {
				yield(message.DeadLetter{}, err)
				return
			}
			subject = message.DeadSubject(id)
		}
		r := reader{js: c.conn.js, stream: message.StreamDead, subject: subject, batch: 1} // they may be large
		for msg, err := range r.all(ctx) {
			var letter message.DeadLetter
			if err == nil {
				err = json.Unmarshal(msg.Data(), &letter)
			}
			if err != nil {
				err = fmt.Errorf("read dead letters: %w", explain(err))
			}
			if !yield(letter, err) || err != nil {
				return
			}
		}
	}
}

// Replay publishes the message of a dead letter again, after what was wrong has been mended: as it was where the attempt
// has no verdict, else as the next attempt, by the rules of Rejudge. It goes to the pool and lane where it came from,
// unless to says otherwise. A letter that no worker can ever take is refused with the reason, and one whose attempt is
// not the current one with ErrSuperseded: so several letters of a submission, or several calls, make one attempt.
func (c *Client) Replay(ctx context.Context, letter message.DeadLetter, to Target) (Receipt, error) {
	receipt, err := c.replay(ctx, letter, to)
	if err != nil {
		return receipt, fmt.Errorf("replay dead letter of %q: %w", letter.Submission, err)
	}
	return receipt, nil
}

func (c *Client) replay(ctx context.Context, letter message.DeadLetter, to Target) (Receipt, error) {
	if letter.Truncated {
		return Receipt{}, api.Refuse(letter.Class, errors.New("its payload was cut: publish the submission again"))
	}
	_, who, err := api.Decode(letter.Payload)
	if err != nil {
		return Receipt{}, err
	}
	pool, lane, namespace, err := message.ParseSubmissionSubject(letter.Subject)
	if err != nil {
		return Receipt{}, err
	}
	if namespace != api.Namespace(who.ID) {
		return Receipt{}, api.Refuse(letter.Class, fmt.Errorf("it was published to %s, which is not for submission %s", letter.Subject, who.ID))
	}
	if to.Lane == "" {
		to.Lane = lane
	}
	current, err := c.Attempt(ctx, who.ID)
	if err != nil {
		return Receipt{}, explain(err)
	}
	if current > who.Attempt {
		return Receipt{}, fmt.Errorf("attempt %d: %w", who.Attempt, ErrSuperseded)
	}
	switch _, err := c.verdict(ctx, who.ID, who.Attempt); {
	case err == nil:
		return c.again(ctx, who, letter.Payload, to.or(pool))
	case !errors.Is(err, jetstream.ErrMsgNotFound):
		return Receipt{}, fmt.Errorf("read the verdict: %w", explain(err))
	}
	to = to.or(pool)
	if err := errors.Join(api.CheckToken("pool", to.Pool), message.CheckLane(to.Lane)); err != nil {
		return Receipt{}, err
	}
	return Receipt{who.ID, who.Attempt}, c.publishAttempt(ctx, who, letter.Payload, to)
}
