package client

import (
	"context"
	"crypto/rand"
	"errors"
	"iter"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/gaveloj/gavel/queue/internal/retry"
)

// reader walks the messages of a stream on a subject, through a consumer that forgets itself when nobody asks. The subject
// is part of the request that makes the consumer, so that the server's permissions can say who may read what.
type reader struct {
	js          jetstream.JetStream
	stream      string
	subject     string // may have wildcards
	headersOnly bool
	batch       int // messages asked for at once

	consumer jetstream.Consumer // nil until it is made, and after it was lost
	fetched  uint64             // how many messages of the consumer have come
	after    uint64             // sequence in the stream of the last message that has come
	pending  uint64             // how many the server had behind that one
	buffered []jetstream.Msg    // not read yet
}

// consumerLife is how long the server keeps a consumer that nobody asks.
const consumerLife = 30 * time.Second

// next reads the next message. jetstream.ErrMsgNotFound means that there is none yet.
func (r *reader) next(ctx context.Context) (jetstream.Msg, error) {
	if len(r.buffered) == 0 {
		if err := r.fetch(ctx); err != nil {
			return nil, err
		}
	}
	msg := r.buffered[0]
	r.buffered = r.buffered[1:]
	return msg, nil
}

// fetch asks for what there is. A consumer that was lost, or that lost something on the way, is made anew.
func (r *reader) fetch(ctx context.Context) error {
	if err := r.open(ctx); err != nil {
		return err
	}
	batch, err := r.consumer.FetchNoWait(r.batch)
	if err != nil {
		r.consumer = nil
		return err
	}
	for msg := range batch.Messages() {
		meta, err := msg.Metadata()
		if err != nil || meta.Sequence.Consumer != r.fetched+1 {
			r.consumer = nil
			break
		}
		r.fetched++
		r.after, r.pending = meta.Sequence.Stream, meta.NumPending
		r.buffered = append(r.buffered, msg)
	}
	if len(r.buffered) > 0 {
		return nil
	}
	if err := batch.Error(); err != nil {
		r.consumer = nil
		return err
	}
	return jetstream.ErrMsgNotFound
}

func (r *reader) open(ctx context.Context) error {
	if r.consumer != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, answerWait)
	defer cancel()
	cfg := jetstream.ConsumerConfig{
		Name:          rand.Text(), // not to be guessed: others may be allowed to read from consumers whose name they know
		FilterSubject: r.subject, AckPolicy: jetstream.AckNonePolicy, HeadersOnly: r.headersOnly,
		MemoryStorage: true, Replicas: 1, InactiveThreshold: consumerLife,
	}
	if r.after > 0 {
		cfg.DeliverPolicy, cfg.OptStartSeq = jetstream.DeliverByStartSequencePolicy, r.after+1
	}
	consumer, err := r.js.CreateConsumer(ctx, r.stream, cfg)
	if err != nil {
		return err
	}
	r.consumer, r.fetched, r.pending = consumer, 0, consumer.CachedInfo().NumPending
	return nil
}

// all yields what the stream has now; what comes while it is read is left out, so that it ends also where the caller
// makes more.
func (r *reader) all(ctx context.Context) iter.Seq2[jetstream.Msg, error] {
	return func(yield func(jetstream.Msg, error) bool) {
		defer r.close()
		if err := r.open(ctx); err != nil {
			yield(nil, err)
			return
		}
		for left := r.pending; left > 0; {
			msg, err := r.next(ctx)
			if errors.Is(err, jetstream.ErrMsgNotFound) {
				if r.pending > 0 && retry.Sleep(ctx, 10*time.Millisecond) {
					continue // the server was slow
				}
				return
			}
			if left--; !yield(msg, err) || err != nil {
				return
			}
		}
	}
}

// close leaves nothing on the server.
func (r *reader) close() {
	if r.consumer == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), answerWait)
	defer cancel()
	_ = r.js.DeleteConsumer(ctx, r.stream, r.consumer.CachedInfo().Name) // else the server does it, after consumerLife
}

// Transient reports that a read may work later: there is nothing yet, or the server cannot be reached.
func Transient(err error) bool {
	for _, target := range []error{
		jetstream.ErrMsgNotFound, jetstream.ErrStreamNotFound, jetstream.ErrNoStreamResponse, nats.ErrNoResponders, nats.ErrTimeout,
		nats.ErrDisconnected, nats.ErrConnectionReconnecting, nats.ErrReconnectBufExceeded,
		context.DeadlineExceeded,
	} {
		if errors.Is(err, target) {
			return true
		}
	}
	for _, code := range unsettled() {
		if HasCode(err, code) {
			return true
		}
	}
	return false
}

// unsettled are the server's answers while a cluster elects leaders, or lacks servers. They pass.
func unsettled() []jetstream.ErrorCode {
	const (
		noPeers      jetstream.ErrorCode = 10005 // too few servers for the replicas
		notAssigned  jetstream.ErrorCode = 10007
		notAvailable jetstream.ErrorCode = 10008
		notLeader    jetstream.ErrorCode = 10009
		noResources  jetstream.ErrorCode = 10023 // a server that should keep a replica does not answer
		streamAway   jetstream.ErrorCode = 10118
		consumerAway jetstream.ErrorCode = 10119
	)
	return []jetstream.ErrorCode{noPeers, notAssigned, notAvailable, notLeader, noResources, streamAway, consumerAway}
}

// HasCode reports that the error is an answer of JetStream with this code.
func HasCode(err error, code jetstream.ErrorCode) bool {
	var jsErr jetstream.JetStreamError
	return errors.As(err, &jsErr) && jsErr.APIError() != nil && jsErr.APIError().ErrorCode == code
}

// WrongLastSequence reports that the server refused a message because the subject has another one than was expected.
// Replicated streams have a second code for it, while that other one is still being stored.
func WrongLastSequence(err error) bool {
	return HasCode(err, jetstream.JSErrCodeStreamWrongLastSequence) ||
		HasCode(err, jetstream.JSErrCodeStreamWrongLastSequenceConstant)
}
