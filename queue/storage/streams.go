// Package storage is what a worker needs of the server's storage: the streams and buckets, which it makes where they are missing,
// the large files of submissions, the artifacts beside reports, and the packages in the store of problems.
package storage

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/queue/internal/retry"
	"github.com/gaveloj/gavel/queue/message"
)

// The sizes and ages that a new stream gets. A stream that exists keeps the ones that it has, so an operator may
// change them.
const (
	submissionsBytes = 8 << 30 // then publishers get the error that the stream is full; nothing is dropped
	verdictsBytes    = 8 << 30 // then the oldest go
	verdictsAge      = 30 * 24 * time.Hour
	eventsBytes      = 1 << 30
	eventsAge        = 24 * time.Hour
	eventsPerSubject = 10_000  // more than a quarter of an hour at the highest rate
	archiveBytes     = 4 << 30 // then the oldest go, and cannot be judged again by their ID alone
	deadBytes        = 1 << 30
	deadAge          = 90 * 24 * time.Hour
)

// streams lists what this worker needs of the server.
func streams(serverLimit int64, replicas int) []jetstream.StreamConfig {
	return []jetstream.StreamConfig{
		{
			Name:        message.StreamSubmissions,
			Description: "Submissions that wait for a verdict.",
			Subjects:    []string{message.EverySubmission},
			Retention:   jetstream.WorkQueuePolicy,
			Discard:     jetstream.DiscardNew,
			MaxBytes:    submissionsBytes,
			MaxMsgSize:  int32(message.MaxSubmissionBytes(serverLimit)),
			// Idle workers are notified at once of new submissions, wherever these are.
			RePublish: &jetstream.RePublish{
				Source: message.EverySubmission, Destination: "judge.doorbell.>", HeadersOnly: true,
			},
			Replicas: replicas,
		},
		{
			Name:        message.StreamVerdicts,
			Description: "Verdicts, one per submission and attempt.",
			Subjects:    []string{"judge.verdicts.>"},
			Discard:     jetstream.DiscardOld,
			MaxBytes:    verdictsBytes,
			MaxAge:      verdictsAge,
			AllowDirect: true,
			Replicas:    replicas,
		},
		{
			Name:              message.StreamEvents,
			Description:       "Progress of submissions.",
			Subjects:          []string{"judge.events.>"},
			Discard:           jetstream.DiscardOld,
			MaxBytes:          eventsBytes,
			MaxAge:            eventsAge,
			MaxMsgsPerSubject: eventsPerSubject,
			AllowDirect:       true,
			Replicas:          replicas,
		},
		{
			Name:              message.StreamArchive,
			Description:       "The newest attempt of each submission, to be judged again.",
			Subjects:          []string{"judge.archive.>"},
			Discard:           jetstream.DiscardOld,
			MaxBytes:          archiveBytes,
			MaxAge:            verdictsAge,
			MaxMsgsPerSubject: 1,
			AllowDirect:       true,
			Replicas:          replicas,
		},
		{
			Name:        message.StreamDead,
			Description: "Messages that could not be judged, with the reason.",
			Subjects:    []string{"judge.dead.>"},
			Discard:     jetstream.DiscardOld,
			MaxBytes:    deadBytes,
			MaxAge:      deadAge,
			AllowDirect: true,
			Replicas:    replicas,
		},
	}
}

// Ensure makes the streams and buckets where they are missing, with the given number of replicas (0 means 1), and
// brings the settings that the promises rest on up to date where they exist. Sizes, ages and replicas of a stream
// that exists are left as they are. A stream that cannot serve is an error that says what to change.
func Ensure(ctx context.Context, conn *client.Conn, replicas int) error {
	var r storageBudget
	for _, want := range streams(conn.NATS().MaxPayload(), max(replicas, 1)) {
		if err := r.ensureStream(ctx, conn.JetStream(), want); err != nil {
			return fmt.Errorf("prepare stream %s on %s: %w", want.Name, conn.URL(), err)
		}
	}
	return r.ensureBuckets(ctx, conn, max(replicas, 1))
}

func (r *storageBudget) ensureStream(ctx context.Context, js jetstream.JetStream, want jetstream.StreamConfig) error {
	stream, err := js.Stream(ctx, want.Name)
	switch {
	case errors.Is(err, jetstream.ErrStreamNotFound):
		return r.create(ctx, want.MaxBytes, func(size int64) error {
			want.MaxBytes = size
			_, err := js.CreateStream(ctx, want)
			return err
		})
	case errors.Is(err, jetstream.ErrJetStreamNotEnabled), errors.Is(err, jetstream.ErrJetStreamNotEnabledForAccount):
		return fmt.Errorf("%w: start the server with -js, or enable JetStream for this account", err)
	case errors.Is(err, nats.ErrNoResponders):
		return fmt.Errorf("%w: enable JetStream on the server, or for this account", err)
	case err != nil:
		return err
	}
	have := stream.CachedInfo().Config
	if err := compatible(have, want); err != nil {
		return err
	}
	merged, changed := merge(have, want)
	if !changed {
		return nil
	}
	_, err = js.UpdateStream(ctx, merged)
	return err
}

// compatible refuses a stream whose nature is another one: the server cannot change it.
func compatible(have, want jetstream.StreamConfig) error {
	const wayOut = "move its messages elsewhere and delete the stream, or use another account"
	if have.Retention != want.Retention {
		return fmt.Errorf("it exists with retention %v, want %v: %s", have.Retention, want.Retention, wayOut)
	}
	if have.Mirror != nil || len(have.Sources) > 0 {
		return fmt.Errorf("it exists as a mirror or with sources: %s", wayOut)
	}
	if have.Sealed || have.NoAck {
		return fmt.Errorf("it exists sealed or without acknowledgements: %s", wayOut)
	}
	return nil
}

// merge changes what must be so in the configuration of a stream that exists.
func merge(have, want jetstream.StreamConfig) (merged jetstream.StreamConfig, changed bool) {
	merged = have
	for _, subject := range want.Subjects {
		if !slices.Contains(merged.Subjects, subject) {
			merged.Subjects = slices.Clone(want.Subjects)
			changed = true
		}
	}
	if merged.AllowDirect != want.AllowDirect && want.AllowDirect {
		merged.AllowDirect, changed = true, true
	}
	if want.RePublish != nil && (merged.RePublish == nil || *merged.RePublish != *want.RePublish) {
		merged.RePublish, changed = want.RePublish, true
	}
	if want.MaxMsgSize > 0 && merged.MaxMsgSize != want.MaxMsgSize {
		merged.MaxMsgSize, changed = want.MaxMsgSize, true
	}
	if merged.AllowRollup {
		merged.AllowRollup, changed = false, true // see guardBucket
	}
	if want.Retention == jetstream.WorkQueuePolicy && merged.Discard != want.Discard {
		merged.Discard, changed = want.Discard, true
	}
	return merged, changed
}

// What the server answers when it cannot make a stream now.
const (
	// storeBusy: the store of streams deleted just before is still going away.
	storeBusy jetstream.ErrorCode = 10049
	// storeSmall: what the stream would reserve is more than the server has left.
	storeSmall jetstream.ErrorCode = 10047
)

// storageBudget scales the usual sizes to what a server has left: it reserves what streams and buckets may hold.
type storageBudget struct {
	divisor int64 // sizes are divided by it; 0 means 1
}

// leastReserve is the smallest size that a stream or bucket is made with, in bytes.
const leastReserve = 16 << 20

// create makes a stream or bucket of at most size bytes. Where the server has less, this one and those that follow
// get an eighth, and so on.
func (r *storageBudget) create(ctx context.Context, size int64, create func(size int64) error) error {
	return retry.Do(ctx, retry.Backoff{First: 50 * time.Millisecond, Max: 2 * time.Second, Tries: 7}, func() (bool, error) {
		err := r.createFitting(size, create)
		return client.HasCode(err, storeBusy), err
	})
}

func (r *storageBudget) createFitting(size int64, create func(size int64) error) error {
	for {
		fitting := size
		if size > 0 {
			fitting = max(size/max(r.divisor, 1), min(size, leastReserve))
		}
		err := create(fitting)
		switch {
		case err == nil, errors.Is(err, jetstream.ErrStreamNameAlreadyInUse), errors.Is(err, jetstream.ErrBucketExists):
			return nil // another worker was faster
		case !client.HasCode(err, storeSmall) || fitting <= leastReserve:
			return err
		}
		r.divisor = max(r.divisor, 1) * 8
	}
}

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
			Bucket:       message.BucketCancellations,
			Description:  "Attempts that are not wanted any more.",
			TTL:          7 * 24 * time.Hour,
			MaxBytes:     64 << 20,
			MaxValueSize: 8 << 10, // message.MaxReason in JSON
			Replicas:     replicas,
		},
		{
			Bucket:       message.BucketAttempts,
			Description:  "The newest attempt of each submission that was judged again.",
			TTL:          verdictsAge,
			MaxBytes:     64 << 20,
			MaxValueSize: 1 << 10, // a number, and the headers of its publication
			Replicas:     replicas,
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
func (r *storageBudget) ensureBuckets(ctx context.Context, conn *client.Conn, replicas int) error {
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
		if err == nil {
			err = guardBucket(ctx, js, want)
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

// guardBucket keeps those who may write some entries of a bucket from those of others. The client library makes buckets that
// take roll-ups: a message that removes the entries of everybody. An entry is replaced without. Where entries have a largest
// size, a few messages do not fill the bucket.
func guardBucket(ctx context.Context, js jetstream.JetStream, want jetstream.KeyValueConfig) error {
	stream, err := js.Stream(ctx, message.BucketStream(want.Bucket))
	if err != nil {
		return err
	}
	cfg := stream.CachedInfo().Config
	size := cfg.MaxMsgSize
	if want.MaxValueSize > 0 {
		size = want.MaxValueSize
	}
	if !cfg.AllowRollup && cfg.MaxMsgSize == size {
		return nil
	}
	cfg.AllowRollup, cfg.MaxMsgSize = false, size
	_, err = js.UpdateStream(ctx, cfg)
	return err
}

// ensureObjects makes an object store where it is missing.
func (r *storageBudget) ensureObjects(ctx context.Context, conn *client.Conn, want jetstream.ObjectStoreConfig) error {
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
