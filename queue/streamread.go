package queue

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/queue/message"
)

// readEntry asks the leader of a bucket, because another server may not have yet what was acknowledged.
// jetstream.ErrMsgNotFound means that there is no entry.
func readEntry(ctx context.Context, conn *client.Conn, bucket, key string) ([]byte, error) {
	found, err := conn.LastMessage(ctx, message.BucketStream(bucket), message.EntrySubject(bucket, key))
	if err != nil {
		return nil, err
	}
	if client.Removed(found.Header) {
		return nil, jetstream.ErrMsgNotFound
	}
	return found.Data, nil
}

// readBudget is what may still be read of a stream.
type readBudget struct{ messages, bytes int }

// peek yields the messages of a stream on a subject that come after a sequence, as far as the budget goes, and leaves
// them where they are. It yields an error last.
func peek(ctx context.Context, stream jetstream.Stream, subject string, after uint64, left *readBudget) iter.Seq2[*jetstream.RawStreamMsg, error] {
	return func(yield func(*jetstream.RawStreamMsg, error) bool) {
		for left.messages > 0 && left.bytes > 0 {
			msg, err := stream.GetMsg(ctx, after+1, jetstream.WithGetMsgSubject(subject))
			if errors.Is(err, jetstream.ErrMsgNotFound) {
				return
			}
			if err != nil {
				yield(nil, fmt.Errorf("read submission on %s: %w", subject, err))
				return
			}
			left.messages--
			left.bytes -= len(msg.Data)
			after = msg.Sequence
			if !yield(msg, nil) {
				return
			}
		}
	}
}
