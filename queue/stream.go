package queue

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/gaveloj/gavel/client"
	"github.com/gaveloj/gavel/message"
)

// The sizes and ages that a new stream gets. A stream that exists keeps the ones that it has, so an operator may
// change them.
const (
	submissionsBytes = 8 << 30 // then publishers are told that the stream is full; nothing is dropped
	verdictsBytes    = 8 << 30 // then the oldest go
	verdictsAge      = 30 * 24 * time.Hour
	eventsBytes      = 1 << 30
	eventsAge        = 24 * time.Hour
	eventsPerSubject = 10_000  // more than a quarter of an hour at the highest rate
	archiveBytes     = 4 << 30 // then the oldest go, and cannot be judged again by their ID alone
	deadBytes        = 1 << 30
	deadAge          = 90 * 24 * time.Hour
)

// everySubmission matches the subjects of the stream of submissions.
const everySubmission = "judge.submissions.>"

// streams lists what this worker needs of the server.
func streams(serverLimit int64, replicas int) []jetstream.StreamConfig {
	return []jetstream.StreamConfig{
		{
			Name:        message.StreamSubmissions,
			Description: "Submissions that wait for a verdict.",
			Subjects:    []string{everySubmission},
			Retention:   jetstream.WorkQueuePolicy,
			Discard:     jetstream.DiscardNew,
			MaxBytes:    submissionsBytes,
			MaxMsgSize:  int32(message.MostBytes(serverLimit)),
			// Idle workers hear at once of new submissions, wherever these are.
			RePublish: &jetstream.RePublish{
				Source: everySubmission, Destination: "judge.doorbell.>", HeadersOnly: true,
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

// EnsureStreams makes the streams and buckets where they are missing, with the given number of replicas (0 means 1), and
// brings the settings that the promises rest on up to date where they exist. Sizes, ages and replicas of a stream
// that exists are left as they are. A stream that cannot serve is an error that says what to change.
func EnsureStreams(ctx context.Context, conn *client.Conn, replicas int) error {
	var r room
	for _, want := range streams(conn.NATS().MaxPayload(), max(replicas, 1)) {
		if err := r.ensureStream(ctx, conn.JetStream(), want); err != nil {
			return fmt.Errorf("prepare stream %s on %s: %w", want.Name, conn.URL(), err)
		}
	}
	return r.ensureBuckets(ctx, conn, max(replicas, 1))
}

func (r *room) ensureStream(ctx context.Context, js jetstream.JetStream, want jetstream.StreamConfig) error {
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

// room says how much of the usual sizes a server has place for: it reserves what streams and buckets may hold.
type room struct {
	part int64 // sizes are divided by it; 0 means 1
}

// leastReserve is the smallest size that a stream or bucket is made with, in bytes.
const leastReserve = 16 << 20

// create makes a stream or bucket of at most size bytes. Where the server has less, this one and those that follow
// get an eighth, and so on.
func (r *room) create(ctx context.Context, size int64, create func(size int64) error) error {
	for wait := 50 * time.Millisecond; ; wait *= 2 {
		fitting := size
		if size > 0 {
			fitting = max(size/max(r.part, 1), min(size, leastReserve))
		}
		err := create(fitting)
		switch {
		case err == nil, errors.Is(err, jetstream.ErrStreamNameAlreadyInUse), errors.Is(err, jetstream.ErrBucketExists):
			return nil // another worker was faster
		case client.HasCode(err, storeSmall) && fitting > leastReserve:
			r.part = max(r.part, 1) * 8
		case !client.HasCode(err, storeBusy) || wait > 2*time.Second || !pause(ctx, wait):
			return err
		}
	}
}
