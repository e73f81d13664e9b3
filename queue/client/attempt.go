package client

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/queue/internal/retry"
	"github.com/gaveloj/gavel/queue/message"
)

// Attempt is the number of a submission's current attempt: the newest that Rejudge, Replay or Submit has asked for, or 1.
// A platform that publishes later attempts without this package keeps the bucket judge-attempts itself: under the
// submission's ID the number, in decimal, before it publishes the attempt.
func (c *Client) Attempt(ctx context.Context, id string) (int, error) {
	n, _, err := c.attempt(ctx, id)
	return max(n, 1), err
}

// resolve finds out which attempt is meant by Current.
func (c *Client) resolve(ctx context.Context, id string, attempt int) (int, error) {
	if err := checkAttempt(id, attempt); err != nil || attempt != Current {
		return attempt, err
	}
	attempt, err := c.Attempt(ctx, id)
	return attempt, explain(err)
}

// attempt reads the current attempt, 0 where no other was asked for than the first, and the sequence of its entry.
func (c *Client) attempt(ctx context.Context, id string) (n int, sequence uint64, err error) {
	msg, err := c.readLast(ctx, message.BucketStream(message.BucketAttempts), message.EntrySubject(message.BucketAttempts, id))
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return 0, 0, nil
	}
	if err != nil {
		return 0, 0, fmt.Errorf("read the current attempt of %s: %w", id, err)
	}
	sequence, err = strconv.ParseUint(msg.Header.Get(jetstream.SequenceHeader), 10, 64)
	if err == nil && !Removed(msg.Header) {
		n, err = strconv.Atoi(string(msg.Data))
	}
	if err == nil && n != 0 {
		err = api.CheckAttempt(n)
	}
	if err != nil {
		return 0, 0, fmt.Errorf("entry %s of bucket %s is not the number of an attempt: remove or mend it: %w",
			id, message.BucketAttempts, err)
	}
	return n, sequence, nil
}

// nextAttempt makes the number after the highest one the current attempt, and returns both. It knows of floor, which
// the bucket may not. Of several that do so at once, each gets another number.
func (c *Client) nextAttempt(ctx context.Context, id string, floor int) (next, last int, err error) {
	err = c.setAttempt(ctx, id, func(current int) int {
		last = max(current, floor, 1)
		next = last + 1
		return next
	})
	return next, last, err
}

// raiseAttempt makes n the current attempt, unless there is a higher one.
func (c *Client) raiseAttempt(ctx context.Context, id string, n int) error {
	if n <= 1 {
		return nil // that is what a submission has without an entry
	}
	return c.setAttempt(ctx, id, func(current int) int { return max(current, n) })
}

// setAttempt changes the current attempt of a submission; the server refuses a change of what is not there any more.
func (c *Client) setAttempt(ctx context.Context, id string, to func(current int) int) error {
	err := retry.Do(ctx, retry.Backoff{First: time.Millisecond, Max: time.Second, Tries: 11}, func() (bool, error) {
		err := c.trySetAttempt(ctx, id, to)
		return WrongLastSequence(err), err
	})
	if WrongLastSequence(err) {
		return fmt.Errorf("submission %s is being judged again by somebody else at the same time: try again: %w", id, err)
	}
	return err
}

func (c *Client) trySetAttempt(ctx context.Context, id string, to func(current int) int) error {
	current, sequence, err := c.attempt(ctx, id)
	if err != nil {
		return explain(err)
	}
	next := to(current)
	if next == current {
		return nil
	}
	if err := api.CheckAttempt(next); err != nil {
		return err
	}
	msg := nats.NewMsg(message.EntrySubject(message.BucketAttempts, id))
	msg.Data = strconv.AppendInt(nil, int64(next), 10)
	msg.Header.Set(jetstream.ExpectedLastSubjSeqHeader, strconv.FormatUint(sequence, 10))
	if _, err := c.conn.js.PublishMsg(ctx, msg); err != nil {
		return fmt.Errorf("set the current attempt of %s: %w", id, explain(err))
	}
	return nil
}
