package client

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/gaveloj/gavel/message"
)

// Client is the platform's side: it submits and reads what comes back. Its methods are safe for use from several
// goroutines.
type Client struct {
	conn   *Conn // borrowed
	roster roster
}

// New makes a client on a connection, which it borrows.
func New(conn *Conn) *Client { return &Client{conn: conn} }

// Submit publishes a submission to a lane of a pool, and returns when the server has stored it. Version 0 and attempt
// 0 mean 1; a higher attempt becomes the current one. The same submission and attempt published twice within two minutes
// is stored once. A submission that no worker could judge is refused with a *NoWorkerError, unless StoreAnyway says
// otherwise. Files that would make the message large, or that the server would not take with it, go into an object store
// first: that of the ID's namespace, which an operator makes; for IDs without one a worker does.
func (c *Client) Submit(ctx context.Context, pool, lane string, s message.Submission, options ...SubmitOption) error {
	s.Version = cmp.Or(s.Version, message.Version)
	s.Attempt = cmp.Or(s.Attempt, 1)
	if err := errors.Join(message.CheckToken("pool", pool), message.CheckToken("lane", lane), message.Validate(s)); err != nil {
		return fmt.Errorf("submit %q: %w", s.ID, err)
	}
	if !slices.Contains(options, StoreAnyway) {
		if err := c.CheckWorkers(ctx, Need{Pool: pool, Lane: lane, Language: s.Language}); err != nil {
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
	if err := c.publish(ctx, msg); err != nil {
		return fmt.Errorf("submit %q to %s: %w", s.ID, c.conn.url, explainPublish(err))
	}
	return nil
}

// publishTries is how often a message is published whose arrival the server does not confirm within 5 s.
const publishTries = 3

// publish stores a message that has an ID, so that the server stores it once however often it comes.
func (c *Client) publish(ctx context.Context, msg *nats.Msg) error {
	for try := 1; ; try++ {
		_, err := c.conn.js.PublishMsg(ctx, msg)
		silent := errors.Is(err, context.DeadlineExceeded) || errors.Is(err, nats.ErrTimeout)
		if !silent || ctx.Err() != nil || try == publishTries {
			return err
		}
	}
}

// SubmitOption changes what Submit does.
type SubmitOption int

// StoreAnyway has the submission stored also when no worker could judge it: it waits until one comes.
const StoreAnyway SubmitOption = 1

func (c *Client) message(pool, lane string, s message.Submission) (*nats.Msg, error) {
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
	msg.Header.Set(jetstream.MsgIDHeader, message.AttemptKey(s.ID, s.Attempt))
	return msg, nil
}

func explainPublish(err error) error {
	if unheard(err) {
		return fmt.Errorf("no stream takes submissions there: start a worker first: %w", err)
	}
	if HasCode(err, storeFailed) {
		return fmt.Errorf("the queue is full, or its disk is: try again when the workers have caught up: %w", err)
	}
	return explainSilence(err)
}

func explainSilence(err error) error {
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, nats.ErrTimeout) {
		return fmt.Errorf("the server has not said that it is stored: its disk may be full (an outside server has to be restarted once there is room), "+
			"or its cluster lacks a majority; publish the same again, it is judged once: %w", err)
	}
	return err
}

// storeFailed is the server's answer when a stream or its disk has no room.
const storeFailed jetstream.ErrorCode = 10077
