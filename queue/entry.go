package queue

import (
	"context"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/gaveloj/gavel/client"
	"github.com/gaveloj/gavel/message"
)

// readEntry asks the leader of a bucket, because another server may not have heard yet of what it has promised to keep.
// jetstream.ErrMsgNotFound means that there is no entry.
func readEntry(ctx context.Context, conn *client.Conn, bucket, key string) ([]byte, error) {
	found, err := lastStored(ctx, conn, message.BucketStream(bucket), message.EntrySubject(bucket, key))
	if err == nil && client.Removed(found.header) {
		return nil, jetstream.ErrMsgNotFound
	}
	return found.data, err
}
