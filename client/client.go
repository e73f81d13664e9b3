package client

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/gaveloj/gavel/message"
)

// Client is the platform's side: it submits and reads what comes back. Its methods are safe for use from several
// goroutines.
type Client struct {
	conn *Conn // borrowed
}

// New makes a client on a connection, which it borrows.
func New(conn *Conn) *Client { return &Client{conn: conn} }

// Submit publishes a submission to a lane of a pool, and returns when the server has stored it. Version 0 and attempt
// 0 mean 1. The same submission and attempt published twice within two minutes is stored once.
func (c *Client) Submit(ctx context.Context, pool, lane string, s message.Submission) error {
	s.Version = cmp.Or(s.Version, message.Version)
	s.Attempt = cmp.Or(s.Attempt, 1)
	msg, err := c.message(pool, lane, s)
	if err != nil {
		return fmt.Errorf("submit %q: %w", s.ID, err)
	}
	if _, err := c.conn.js.PublishMsg(ctx, msg); err != nil {
		return fmt.Errorf("submit %q to %s: %w", s.ID, c.conn.url, explainPublish(err))
	}
	return nil
}

func (c *Client) message(pool, lane string, s message.Submission) (*nats.Msg, error) {
	if err := errors.Join(message.CheckToken("pool", pool), message.CheckToken("lane", lane), message.Validate(s)); err != nil {
		return nil, err
	}
	data, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("encode submission: %w", err)
	}
	if most := message.MostBytes(c.conn.nc.MaxPayload()); int64(len(data)) > most {
		return nil, fmt.Errorf("message of %d bytes is larger than the %d bytes that the server takes: "+
			"send smaller files, or raise max_payload of the server", len(data), most)
	}
	msg := nats.NewMsg(message.SubmissionSubject(pool, lane, s.ID))
	msg.Data = data
	msg.Header.Set(jetstream.MsgIDHeader, fmt.Sprintf("%s.%d", s.ID, s.Attempt))
	return msg, nil
}

func explainPublish(err error) error {
	if errors.Is(err, jetstream.ErrNoStreamResponse) || errors.Is(err, nats.ErrNoResponders) {
		return fmt.Errorf("no stream takes submissions there: start a worker first: %w", err)
	}
	if HasCode(err, storeFailed) {
		return fmt.Errorf("the queue is full, or its disk is: try again when the workers have caught up: %w", err)
	}
	return err
}

// storeFailed is the server's answer when a stream or its disk has no room.
const storeFailed jetstream.ErrorCode = 10077

// WaitVerdict returns the verdict of an attempt, as soon as there is one. It may be called before and after.
func (c *Client) WaitVerdict(ctx context.Context, id string, attempt int) (message.Report, error) {
	if err := message.CheckID(id); err != nil {
		return message.Report{}, err
	}
	subject := message.VerdictSubject(id, attempt)
	for msg, err := range c.follow(ctx, message.StreamVerdicts, subject) {
		if err != nil {
			return message.Report{}, fmt.Errorf("wait for verdict of %s: %w", subject, err)
		}
		var report message.Report
		if err := json.Unmarshal(msg.Data, &report); err != nil {
			return message.Report{}, fmt.Errorf("decode verdict of %s: %w", subject, err)
		}
		return report, nil
	}
	return message.Report{}, fmt.Errorf("wait for verdict of %s: %w", subject, context.Cause(ctx))
}

// Watch yields the events of a submission from the first one that the server still has, then as they come. It ends
// when the caller stops, or with the error that ends ctx; the event of stage "done" is the last one of its attempt.
func (c *Client) Watch(ctx context.Context, id string) iter.Seq2[message.Event, error] {
	return func(yield func(message.Event, error) bool) {
		if err := message.CheckID(id); err != nil {
			yield(message.Event{}, err)
			return
		}
		for msg, err := range c.follow(ctx, message.StreamEvents, message.EventSubject(id)) {
			var event message.Event
			if err == nil {
				err = json.Unmarshal(msg.Data, &event)
			}
			if err != nil {
				err = fmt.Errorf("watch submission %s: %w", id, err)
			}
			if !yield(event, err) || err != nil {
				return
			}
		}
	}
}

// follow yields what a stream has on a subject, then what comes. It reads by direct gets, so it leaves nothing on the
// server, and a lost connection only delays it. A plain subscription tells when it is worth looking.
func (c *Client) follow(ctx context.Context, stream, subject string) iter.Seq2[*jetstream.RawStreamMsg, error] {
	return func(yield func(*jetstream.RawStreamMsg, error) bool) {
		news := make(chan struct{}, 1) // one is enough: it means "look"
		sub, err := c.conn.nc.Subscribe(subject, func(*nats.Msg) { notify(news) })
		if err != nil {
			yield(nil, err)
			return
		}
		defer func() { _ = sub.Unsubscribe() }() // the connection may be closed already
		reader := reader{js: c.conn.js, stream: stream, subject: subject}
		idle := time.Duration(0)
		for {
			msg, err := reader.next(ctx)
			switch {
			case ctx.Err() != nil:
				yield(nil, context.Cause(ctx))
				return
			case err == nil:
				idle = 0
				if !yield(msg, nil) {
					return
				}
				continue
			case !Transient(err):
				yield(nil, err)
				return
			}
			// What the subscription hears, the stream stores a moment later: look often at first, then rest.
			idle = min(max(2*idle, 2*time.Millisecond), time.Second)
			if heard(ctx, news, idle) {
				idle = 0
			}
		}
	}
}

// notify wakes who waits on news, and never blocks.
func notify(news chan<- struct{}) {
	select {
	case news <- struct{}{}:
	default:
	}
}

func heard(ctx context.Context, news <-chan struct{}, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-news:
		return true
	case <-timer.C:
	case <-ctx.Done():
	}
	return false
}
