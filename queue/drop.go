package queue

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/queue/message"
)

// rejectAll makes dead letters of what waits on a subject that no worker will ever take, as far as the budget goes, and removes it
// from the stream. It returns how many there were. Who dies in between leaves the rest to the next one.
func (p publisher) rejectAll(ctx context.Context, stream jetstream.Stream, subject string, cause error, left *readBudget) (n int, err error) {
	for msg, err := range peek(ctx, stream, subject, 0, left) {
		if err != nil {
			return n, err
		}
		if err := p.rejectOne(ctx, stream, msg, cause); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

func (p publisher) rejectOne(ctx context.Context, stream jetstream.Stream, msg *jetstream.RawStreamMsg, cause error) error {
	a, err := newAttempt(p, *msg, 0)
	if err := a.reject(ctx, cmp.Or(err, cause)); err != nil {
		return fmt.Errorf("reject message %d: %w", msg.Sequence, err)
	}
	return remove(ctx, stream, msg.Sequence)
}

// remove removes a message from the stream, unless it has gone already.
func remove(ctx context.Context, stream jetstream.Stream, sequence uint64) error {
	if err := stream.DeleteMsg(ctx, sequence); err != nil && !errors.Is(err, jetstream.ErrMsgNotFound) {
		return fmt.Errorf("remove message %d: %w", sequence, err)
	}
	return nil
}

// Drop removes from the queue what waits on a subject, which may have wildcards, or the one message of it at a sequence above 0. What has no verdict, since
// it was not canceled before, becomes a dead letter, from which it can be judged again, and gets a judge error with the reason.
// It is for what nobody takes: for what a worker has in hand, the verdict counts that comes first. It returns how many messages
// there were.
func Drop(ctx context.Context, conn *client.Conn, subject string, sequence uint64, reason string) (n int, err error) {
	p := publisher{conn: conn, patience: completeTimeout}
	stream, err := conn.JetStream().Stream(ctx, message.StreamSubmissions)
	if err != nil {
		return 0, fmt.Errorf("open stream %s: %w", message.StreamSubmissions, err)
	}
	left := readBudget{messages: math.MaxInt, bytes: math.MaxInt}
	if sequence > 0 {
		left.messages = 1
	}
	for msg, err := range peek(ctx, stream, subject, max(sequence, 1)-1, &left) {
		if err != nil {
			return n, err
		}
		if sequence > 0 && msg.Sequence != sequence {
			return n, nil // it has gone
		}
		if err := p.drop(ctx, stream, msg, reason); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

func (p publisher) drop(ctx context.Context, stream jetstream.Stream, msg *jetstream.RawStreamMsg, reason string) error {
	a, err := newAttempt(p, *msg, 0)
	if err == nil {
		if _, _, err := a.loadVerdict(ctx); err == nil {
			return remove(ctx, stream, msg.Sequence)
		}
	}
	return p.rejectOne(ctx, stream, msg, api.Refuse(verdict.ClassProblem, errors.New(reason)))
}
