package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/queue/message"
)

// What the server has of one submission, as it is now, for whoever has to explain a verdict. What is not there, or not any more, is
// no error: operating.md tells what is kept for how long.

// StoredVerdict is a verdict as the server has it.
type StoredVerdict struct {
	Report api.Report
	Stored time.Time // by the server's clock
}

// StoredVerdict reads the verdict of an attempt, with when it was published; ErrNoVerdict says that there is none.
func (c *Client) StoredVerdict(ctx context.Context, id string, attempt int) (StoredVerdict, error) {
	if err := errors.Join(api.CheckID(id), api.CheckAttempt(attempt)); err != nil {
		return StoredVerdict{}, err
	}
	report, at, err := c.storedVerdict(ctx, id, attempt)
	if absent(err) {
		err = ErrNoVerdict
	}
	if err != nil {
		return StoredVerdict{}, fmt.Errorf("read the verdict of submission %s, attempt %d: %w", id, attempt, explain(err))
	}
	return StoredVerdict{report, at}, nil
}

// StoredEvent is an event as the server has it.
type StoredEvent struct {
	api.Event
	Stored time.Time `json:"stored"` // by the server's clock
}

// Events reads the progress of all attempts of a submission, the oldest first, and does not wait for more. newestOnly says that the
// user may read no more than the newest event, as on a server with accounts.
func (c *Client) Events(ctx context.Context, id string) (events []StoredEvent, newestOnly bool, err error) {
	if err := api.CheckID(id); err != nil {
		return nil, false, err
	}
	r := reader{js: c.conn.js, stream: message.StreamEvents, subject: message.EventSubject(id), batch: 256}
	for msg, err := range r.all(ctx) {
		if (noStream(err) || silent(err)) && ctx.Err() == nil && len(events) == 0 {
			return c.newestEvent(ctx, id)
		}
		if absent(err) {
			return nil, false, nil
		}
		if err != nil {
			return events, false, fmt.Errorf("read events of %s: %w", id, explain(err))
		}
		event := StoredEvent{}
		if err := json.Unmarshal(msg.Data(), &event.Event); err != nil {
			return events, false, fmt.Errorf("decode event of %s: %w", id, err)
		}
		if meta, err := msg.Metadata(); err == nil {
			event.Stored = meta.Timestamp
		}
		events = append(events, event)
	}
	return events, false, nil
}

// newestEvent is what is left of Events for those who may make no consumer.
func (c *Client) newestEvent(ctx context.Context, id string) (events []StoredEvent, newestOnly bool, err error) {
	var event StoredEvent
	at, found, err := c.readStored(ctx, message.StreamEvents, message.EventSubject(id), &event.Event)
	if err != nil || !found {
		return nil, true, err
	}
	event.Stored = at
	return []StoredEvent{event}, true, nil
}

// Cancellation reads what asks for the end of an attempt; found is false where nobody has asked, or it is over for a week.
func (c *Client) Cancellation(ctx context.Context, id string, attempt int) (cancellation message.Cancellation, found bool, err error) {
	_, found, err = c.readEntry(ctx, message.BucketCancellations, id, attempt, &cancellation)
	return cancellation, found, err
}

// Tries reads what came of deliveries of an attempt that ended without a verdict; found is false where there were none.
func (c *Client) Tries(ctx context.Context, id string, attempt int) (tries message.Tries, found bool, err error) {
	_, found, err = c.readEntry(ctx, message.BucketTries, id, attempt, &tries)
	return tries, found, err
}

// readEntry reads the entry that a bucket has of an attempt.
func (c *Client) readEntry(ctx context.Context, bucket, id string, attempt int, into any) (at time.Time, found bool, err error) {
	if err := errors.Join(api.CheckID(id), api.CheckAttempt(attempt)); err != nil {
		return at, false, err
	}
	return c.readStored(ctx, message.BucketStream(bucket), message.EntrySubject(bucket, api.AttemptKey(id, attempt)), into)
}

// readStored reads the newest message on a subject.
func (c *Client) readStored(ctx context.Context, stream, subject string, into any) (at time.Time, found bool, err error) {
	msg, err := c.readLast(ctx, stream, subject)
	if absent(err) || err == nil && Removed(msg.Header) {
		return at, false, nil
	}
	if err != nil {
		return at, false, fmt.Errorf("read %s: %w", subject, explain(err))
	}
	if err := json.Unmarshal(msg.Data, into); err != nil {
		return at, false, fmt.Errorf("decode what is stored on %s: %w", subject, err)
	}
	at, _ = time.Parse(time.RFC3339Nano, msg.Header.Get(jetstream.TimeStampHeaer)) // zero where a server does not tell
	return at, true, nil
}

// absent reports whether there is no such message, or nothing of the kind was ever stored.
func absent(err error) bool {
	return errors.Is(err, jetstream.ErrMsgNotFound) || errors.Is(err, jetstream.ErrStreamNotFound)
}

// ArchivedMessage reads the submission message that Rejudge would judge again, as it was published; ErrNotArchived says that it is
// not there.
func (c *Client) ArchivedMessage(ctx context.Context, id string) (archived Archived, payload []byte, err error) {
	return c.archived(ctx, id)
}

// SameNames lists the IDs with a verdict that are id but for their namespace. It needs leave to ask about the whole stream VERDICTS.
func (c *Client) SameNames(ctx context.Context, id string) ([]string, error) {
	name := id[strings.LastIndexByte(id, '.')+1:]
	var ids []string
	for _, pattern := range []string{name, "*." + name} {
		subjects, err := c.Problems().subjects(ctx, message.StreamVerdicts, message.VerdictSubjectOf(pattern+".*"))
		if err != nil {
			return nil, err
		}
		for _, subject := range subjects {
			key := strings.TrimPrefix(subject, message.VerdictSubjectOf(""))
			if same := key[:max(strings.LastIndexByte(key, '.'), 0)]; same != id && api.CheckID(same) == nil {
				ids = append(ids, same)
			}
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids), nil
}
