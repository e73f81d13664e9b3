package queue

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/queue/message"
)

// rejectAll makes dead letters of what waits on a subject that no worker will ever take, as far as the budget goes. Each is
// acknowledged, by which it leaves the stream, and not deleted: workers may be kept from deleting (configs/nats/accounts.conf).
// Who dies in between leaves the rest to the next one.
func (p publisher) rejectAll(ctx context.Context, stream jetstream.Stream, subject string, cause error, left *readBudget) error {
	consumer, err := stream.CreateConsumer(ctx, jetstream.ConsumerConfig{
		FilterSubject: subject, AckPolicy: jetstream.AckExplicitPolicy, InactiveThreshold: rejecterLife,
	})
	if err != nil {
		return fmt.Errorf("prepare to take what is on %s: %w", subject, err)
	}
	defer func() {
		_ = stream.DeleteConsumer(context.WithoutCancel(ctx), consumer.CachedInfo().Name) // else the server does, after rejecterLife
	}()
	for left.messages > 0 && left.bytes > 0 {
		n, err := p.rejectNext(ctx, consumer, cause)
		if err != nil || n == 0 {
			return err
		}
		left.messages--
		left.bytes -= n
	}
	return nil
}

// rejecterLife is how long the server keeps a consumer of rejectAll that nobody asks.
const rejecterLife = 10 * time.Second

// rejectNext makes a dead letter of the next message, and returns its size; 0 where there is none.
func (p publisher) rejectNext(ctx context.Context, consumer jetstream.Consumer, cause error) (size int, err error) {
	batch, err := consumer.FetchNoWait(1)
	if err != nil {
		return 0, fmt.Errorf("take what nobody takes: %w", err)
	}
	for msg := range batch.Messages() {
		meta, err := msg.Metadata()
		if err != nil {
			return 0, err
		}
		a, err := newAttempt(p, jetstream.RawStreamMsg{
			Subject: msg.Subject(), Data: msg.Data(), Sequence: meta.Sequence.Stream, Time: meta.Timestamp,
		}, 0)
		if err := a.reject(ctx, cmp.Or(err, cause)); err != nil {
			return 0, fmt.Errorf("reject message %d: %w", meta.Sequence.Stream, err)
		}
		if err := msg.DoubleAck(ctx); err != nil {
			return 0, fmt.Errorf("remove message %d: %w", meta.Sequence.Stream, err)
		}
		size = max(len(msg.Data()), 1)
	}
	return size, batch.Error()
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
	judged := false
	if err == nil {
		_, _, unjudged := a.loadVerdict(ctx)
		judged = unjudged == nil
	}
	if !judged {
		if err := a.reject(ctx, cmp.Or(err, api.Refuse(verdict.ClassProblem, errors.New(reason)))); err != nil {
			return fmt.Errorf("reject message %d: %w", msg.Sequence, err)
		}
	}
	if err := stream.DeleteMsg(ctx, msg.Sequence); err != nil && !errors.Is(err, jetstream.ErrMsgNotFound) {
		return fmt.Errorf("remove message %d: %w", msg.Sequence, err)
	}
	return nil
}
