package queue

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/gaveloj/gavel/client"
	"github.com/gaveloj/gavel/message"
)

// keyValues lists the buckets that the worker needs. Sizes and ages are those of a new bucket: one that exists keeps
// its own.
func keyValues(replicas int) []jetstream.KeyValueConfig {
	return []jetstream.KeyValueConfig{
		{
			Bucket:      message.BucketWorkers,
			Description: "Workers, with what they offer and do now.",
			TTL:         time.Hour, // a worker that was lost is shown as such for that long
			MaxBytes:    64 << 20,
			Replicas:    replicas,
		},
		{
			Bucket:      message.BucketCancellations,
			Description: "Attempts that are not wanted any more.",
			TTL:         7 * 24 * time.Hour,
			MaxBytes:    64 << 20,
			Replicas:    replicas,
		},
		{
			Bucket:      message.BucketAttempts,
			Description: "The newest attempt of each submission that was judged again.",
			TTL:         verdictsAge,
			MaxBytes:    64 << 20,
			Replicas:    replicas,
		},
		{
			Bucket:      message.BucketTries,
			Description: "Deliveries of submissions that ended without a verdict, and why.",
			TTL:         7 * 24 * time.Hour,
			MaxBytes:    64 << 20,
			Replicas:    replicas,
		},
		{
			Bucket:      message.BucketVersions,
			Description: "Which package a problem is, and was.",
			History:     64, // the most that a bucket keeps
			MaxBytes:    64 << 20,
			Replicas:    replicas,
		},
	}
}

// filesBytes and filesAge bound the large sources and artifacts of submissions in a new object store.
const (
	filesBytes = 4 << 30
	filesAge   = 7 * 24 * time.Hour
)

func objectStores(replicas int) []jetstream.ObjectStoreConfig {
	return []jetstream.ObjectStoreConfig{
		{
			Bucket:      message.BucketProblems,
			Description: "Problem packages, by digest.",
			MaxBytes:    -1, // what the server has; nothing is reserved
			Replicas:    replicas,
		},
		filesStore(message.FilesBucket(""), replicas),
	}
}

// filesStore is the object store of a namespace.
func filesStore(bucket string, replicas int) jetstream.ObjectStoreConfig {
	return jetstream.ObjectStoreConfig{
		Bucket:      bucket,
		Description: "Large sources and artifacts of submissions.",
		TTL:         filesAge,
		MaxBytes:    filesBytes,
		Replicas:    replicas,
	}
}

// ensureBuckets makes the key-value and object stores where they are missing.
func (r *room) ensureBuckets(ctx context.Context, conn *client.Conn, replicas int) error {
	js := conn.JetStream()
	for _, want := range keyValues(replicas) {
		_, err := js.KeyValue(ctx, want.Bucket)
		if errors.Is(err, jetstream.ErrBucketNotFound) {
			err = r.create(ctx, want.MaxBytes, func(size int64) error {
				want.MaxBytes = size
				_, err := js.CreateKeyValue(ctx, want)
				return err
			})
		}
		if err != nil {
			return fmt.Errorf("prepare bucket %s on %s: %w", want.Bucket, conn.URL(), err)
		}
	}
	for _, want := range objectStores(replicas) {
		if err := r.ensureObjects(ctx, conn, want); err != nil {
			return err
		}
	}
	return nil
}

// ensureObjects makes an object store where it is missing.
func (r *room) ensureObjects(ctx context.Context, conn *client.Conn, want jetstream.ObjectStoreConfig) error {
	_, err := conn.JetStream().ObjectStore(ctx, want.Bucket)
	if errors.Is(err, jetstream.ErrBucketNotFound) {
		err = r.create(ctx, want.MaxBytes, func(size int64) error {
			want.MaxBytes = size
			_, err := conn.JetStream().CreateObjectStore(ctx, want)
			return err
		})
	}
	if err != nil {
		return fmt.Errorf("prepare object store %s on %s: %w", want.Bucket, conn.URL(), err)
	}
	return nil
}
