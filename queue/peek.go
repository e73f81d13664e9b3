package queue

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/nats-io/nats.go/jetstream"
)

// budget is what may still be read of a stream.
type budget struct{ messages, bytes int }

// peek yields the messages of a stream on a subject that come after a sequence, as far as the budget goes, and leaves
// them where they are. It yields an error last.
func peek(ctx context.Context, stream jetstream.Stream, subject string, after uint64, left *budget) iter.Seq2[*jetstream.RawStreamMsg, error] {
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
