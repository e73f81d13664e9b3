package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/queue/message"
)

// JudgedError says that an attempt has its verdict already, so that nothing can be canceled.
type JudgedError struct {
	Report api.Report // the verdict, which may be CANCELED
}

func (e *JudgedError) Error() string {
	return fmt.Sprintf("submission %s has verdict %s for attempt %d already", e.Report.Submission, e.Report.Verdict, e.Report.Attempt)
}

// Cancel asks for the end of an attempt, and returns when the server has stored that. Of a running attempt the processes
// are ended, and it gets the verdict CANCELED at once; a queued one gets it within seconds, or where tens of thousands
// wait before it, at its turn, without being judged. An attempt that is just being finished may still get another
// verdict: Wait tells. The reason, of at most message.MaxReason characters, comes back in the report; it may be empty.
//
// Where the attempt has a verdict, the error is a *JudgedError. It is no error to cancel twice, or before the attempt
// was submitted. The attempt may be Current.
func (c *Client) Cancel(ctx context.Context, id string, attempt int, reason string) error {
	attempt, err := c.resolve(ctx, id, attempt)
	if err != nil {
		return fmt.Errorf("cancel %q: %w", id, err)
	}
	request := message.Cancellation{
		Version: api.Version, Submission: id, Attempt: attempt, Reason: reason, Requested: time.Now().UTC(),
	}
	if err := request.Validate(); err != nil {
		return fmt.Errorf("cancel %q: %w", id, err)
	}
	report, err := c.verdict(ctx, id, attempt)
	switch {
	case err == nil:
		return &JudgedError{report}
	case !errors.Is(err, jetstream.ErrMsgNotFound):
		return fmt.Errorf("cancel %s: read the verdict: %w", id, explain(err))
	}
	entry, err := json.Marshal(request)
	if err != nil {
		return fmt.Errorf("encode cancellation: %w", err)
	}
	msg := nats.NewMsg(message.EntrySubject(message.BucketCancellations, api.AttemptKey(id, attempt)))
	msg.Data = entry
	if _, err := c.conn.js.PublishMsg(ctx, msg); err != nil {
		return fmt.Errorf("cancel %s: %w", id, explain(err))
	}
	return nil
}

// explain says what to do where no worker has made the streams and buckets yet.
func explain(err error) error {
	if errors.Is(err, jetstream.ErrNoStreamResponse) || errors.Is(err, nats.ErrNoResponders) {
		return fmt.Errorf("the server does not have it: start a worker first: %w", err)
	}
	return err
}
