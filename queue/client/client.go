package client

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/queue/internal/retry"
	"github.com/gaveloj/gavel/queue/message"
)

// Client is the platform's side: it submits and reads what comes back. Its methods are safe for use from several
// goroutines.
type Client struct {
	conn        *Conn // borrowed
	workerCache workerCache
	// noVerdicts is until when verdicts are not read before submissions, because that failed; Unix time in nanoseconds.
	noVerdicts atomic.Int64
}

// New makes a client on a connection, which it borrows.
func New(conn *Conn) *Client { return &Client{conn: conn} }

// Conn is the connection.
func (c *Client) Conn() *Conn { return c.conn }

// Submit publishes a submission to a lane of a pool, and returns when the server has stored it. Version 0 and attempt
// 0 mean 1; a higher attempt becomes the current one. The same submission and attempt published twice is judged once; with
// other content it is refused with a *UsedIDError where that can be known, else by the worker that gets it: see WaitFor. A
// submission that no worker could judge is refused with a *NoWorkerError, unless StoreAnyway says
// otherwise. Files that would make the message large, or that the server would not take with it, go into an object store
// first: that of the ID's namespace, which an operator makes; for IDs without one a worker does.
func (c *Client) Submit(ctx context.Context, pool, lane string, s api.Submission, options ...SubmitOption) error {
	s.Version = cmp.Or(s.Version, api.Version)
	s.Attempt = cmp.Or(s.Attempt, 1)
	if err := errors.Join(api.CheckToken("pool", pool), api.CheckToken("lane", lane), api.Validate(s)); err != nil {
		return fmt.Errorf("submit %q: %w", s.ID, err)
	}
	if judged, err := c.checkVerdict(ctx, s); judged || err != nil {
		return err // nothing is left to do
	}
	if !slices.Contains(options, StoreAnyway) {
		if err := c.CheckWorkers(ctx, Requirement{Pool: pool, Lane: lane, Language: s.Language}); err != nil {
			return fmt.Errorf("submit %q: %w", s.ID, err)
		}
	}
	s, err := c.offload(ctx, s)
	if err != nil {
		return fmt.Errorf("submit %q to %s: %w", s.ID, c.conn.url, explainSilence(err))
	}
	msg, err := c.message(pool, lane, s)
	if err != nil {
		return fmt.Errorf("submit %q: %w", s.ID, err)
	}
	if err := c.raiseAttempt(ctx, s.ID, s.Attempt); err != nil {
		return fmt.Errorf("submit %q: %w", s.ID, err)
	}
	if err := c.publishOnce(ctx, msg, s); err != nil {
		return fmt.Errorf("submit %q to %s: %w", s.ID, c.conn.url, c.explainPublish(err, msg.Subject, s.ID))
	}
	return nil
}

// publishOnce publishes a submission. Where the server has had a message with its ID a moment ago, and drops this one, the
// two are compared. Where that cannot be done, the message goes in with another ID, so that a worker compares: whoever may
// publish to the stream, another platform too, may have used an ID that can be guessed.
func (c *Client) publishOnce(ctx context.Context, msg *nats.Msg, s api.Submission) error {
	ack, err := c.publish(ctx, msg)
	if err != nil || !ack.Duplicate {
		return err
	}
	if known, err := c.checkPublished(ctx, s, ack.Sequence); known || err != nil {
		return err
	}
	msg.Header.Set(jetstream.MsgIDHeader, ownMessageID(s.ID, s.Attempt))
	_, err = c.publish(ctx, msg)
	return err
}

// ownMessageID is an ID for one publication, which nobody can have used before it.
func ownMessageID(id string, attempt int) string {
	return api.AttemptKey(id, attempt) + "." + rand.Text()
}

// publishTries is how often a message is published whose arrival the server does not confirm within 5 s.
const publishTries = 3

// publish stores a message that has an ID, so that the server stores it once however often it comes.
func (c *Client) publish(ctx context.Context, msg *nats.Msg) (ack *jetstream.PubAck, err error) {
	err = retry.Do(ctx, retry.Backoff{Tries: publishTries}, func() (again bool, err error) {
		ack, err = c.conn.js.PublishMsg(ctx, msg)
		return silent(err) && ctx.Err() == nil && !c.conn.denied(msg.Subject), err
	})
	return ack, err
}

// SubmitOption changes what Submit does.
type SubmitOption int

// StoreAnyway has the submission stored also when no worker could judge it: it waits until one comes.
const StoreAnyway SubmitOption = 1

func (c *Client) message(pool, lane string, s api.Submission) (*nats.Msg, error) {
	data, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("encode submission: %w", err)
	}
	if most := message.MaxSubmissionBytes(c.conn.nc.MaxPayload()); int64(len(data)) > most {
		return nil, fmt.Errorf("message of %d bytes is larger than the %d bytes that the server takes: "+
			"send smaller files, or raise max_payload of the server", len(data), most)
	}
	msg := nats.NewMsg(message.SubmissionSubject(pool, lane, s.ID))
	msg.Data = data
	msg.Header.Set(jetstream.MsgIDHeader, api.AttemptKey(s.ID, s.Attempt))
	return msg, nil
}

// explainPublish says in words why a submission was not stored.
func (c *Client) explainPublish(err error, subject, id string) error {
	if (noStream(err) || silent(err)) && c.conn.denied(subject) {
		if api.Namespace(id) == "" {
			return fmt.Errorf("this user may not publish to %s: the ID lacks a namespace, which the user's IDs begin with, as in arena.%s: %w",
				subject, id, err)
		}
		return fmt.Errorf("this user may not publish to %s: its namespace is another one than %q, or the pool or lane is: %w",
			subject, api.Namespace(id), err)
	}
	switch {
	case noStream(err) && api.Namespace(id) != "":
		return fmt.Errorf("no stream takes this submission: start a worker first; or this user may not submit in the namespace of the ID: %w", err)
	case noStream(err):
		return fmt.Errorf("no stream takes this submission: start a worker first; or, where the server has a namespace for each "+
			"platform, begin the ID with it, as in arena.%s: %w", id, err)
	}
	if HasCode(err, storeFailed) {
		return fmt.Errorf("the queue is full, or its disk is: try again when the workers have caught up: %w", err)
	}
	return explainSilence(err)
}

// silent reports whether the server has not answered.
func silent(err error) bool {
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, nats.ErrTimeout)
}

func explainSilence(err error) error {
	if silent(err) {
		return fmt.Errorf("the server has not said that it is stored: its disk may be full (an outside server has to be restarted once there is room), "+
			"or its cluster lacks a majority; publish the same again, it is judged once: %w", err)
	}
	return err
}

// storeFailed is the server's answer when a stream or its disk has no room.
const storeFailed jetstream.ErrorCode = 10077
