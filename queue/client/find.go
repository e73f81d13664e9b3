package client

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/queue/message"
)

// QueuedSubmission is an attempt that has its message in the queue.
type QueuedSubmission struct {
	api.Identity
	Pool, Lane string
	Subject    string // to which it was published
	Sequence   uint64 // of the message in the stream SUBMISSIONS
	Published  time.Time
	// Position is its place among those of its lane that wait, from 1; 0 where a worker has it, or has put it aside for a while.
	Position uint64
}

// ErrNotQueued says that a submission is not in the queue.
var ErrNotQueued = errors.New("it is not in the queue")

const (
	// findMessages and findBytes bound how far the queue is searched for one submission.
	findMessages = 50_000
	findBytes    = 512 << 20
)

// FindQueued searches the queue for an attempt, which may be Current, the oldest first; ErrNotQueued says that it is not there.
// searched, which may be nil, is called with how many were seen so far. It is for operators: it needs leave to read the stream
// SUBMISSIONS and its consumers.
func (c *Client) FindQueued(ctx context.Context, id string, attempt int, searched func(n int)) (QueuedSubmission, error) {
	attempt, err := c.resolve(ctx, id, attempt)
	if err != nil {
		return QueuedSubmission{}, err
	}
	found, err := c.findQueued(ctx, api.Identity{ID: id, Attempt: attempt}, searched)
	if err != nil {
		return found, fmt.Errorf("look for submission %s, attempt %d, in the queue: %w", id, attempt, err)
	}
	return found, nil
}

func (c *Client) findQueued(ctx context.Context, who api.Identity, searched func(n int)) (QueuedSubmission, error) {
	line := waitingLine{client: c, ended: map[string]uint64{}, waiting: map[string]uint64{}}
	after, bytes := uint64(0), 0
	for n := 1; ; n++ {
		msg, err := c.conn.readFromLeader(ctx, message.StreamSubmissions, messageQuery{From: after + 1, NextOn: message.EverySubmission})
		if errors.Is(err, jetstream.ErrMsgNotFound) || errors.Is(err, jetstream.ErrStreamNotFound) {
			return QueuedSubmission{}, ErrNotQueued
		}
		if err != nil {
			return QueuedSubmission{}, err
		}
		after, bytes = msg.Sequence, bytes+len(msg.Data)
		if searched != nil {
			searched(n)
		}
		pool, lane, position, err := line.place(ctx, msg)
		if err != nil {
			return QueuedSubmission{}, err
		}
		if _, of, _ := api.Decode(msg.Data); of == who && checkPublisher(msg.Subject, who.ID) == nil {
			return QueuedSubmission{
				Identity: who, Pool: pool, Lane: lane, Subject: msg.Subject, Sequence: msg.Sequence, Published: msg.Time, Position: position,
			}, nil
		}
		if n >= findMessages || bytes >= findBytes {
			return QueuedSubmission{}, fmt.Errorf("it is not among the oldest %d submissions", n)
		}
	}
}

// waitingLine counts what waits in each lane.
type waitingLine struct {
	client  *Client
	ended   map[string]uint64 // by lane: the sequence up to which the server has delivered
	waiting map[string]uint64 // by lane: how many were seen that wait
}

// place returns the position of the next message of the stream in its lane; 0 where it was delivered.
func (l waitingLine) place(ctx context.Context, msg *jetstream.RawStreamMsg) (pool, lane string, position uint64, err error) {
	pool, lane, _, err = message.ParseSubmissionSubject(msg.Subject)
	if err != nil {
		return "", "", 0, nil // of no lane
	}
	name := message.LaneConsumer(pool, lane)
	if _, known := l.ended[name]; !known {
		delivered, err := l.client.consumer(ctx, pool, lane)
		if err != nil {
			return "", "", 0, err
		}
		l.ended[name] = delivered.Delivered.Stream
	}
	if msg.Sequence <= l.ended[name] {
		return pool, lane, 0, nil
	}
	l.waiting[name]++
	return pool, lane, l.waiting[name], nil
}
