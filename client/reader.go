package client

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// reader walks the messages of a stream on one subject.
type reader struct {
	js      jetstream.JetStream
	stream  string
	subject string

	handle jetstream.Stream // nil until the stream was found
	after  uint64           // sequence of the last message read
}

// next reads the next message. jetstream.ErrMsgNotFound means that there is none yet.
func (r *reader) next(ctx context.Context) (*jetstream.RawStreamMsg, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if r.handle == nil {
		handle, err := r.js.Stream(ctx, r.stream)
		if err != nil {
			return nil, err
		}
		r.handle = handle
	}
	msg, err := r.handle.GetMsg(ctx, r.after+1, jetstream.WithGetMsgSubject(r.subject))
	if err != nil {
		return nil, err
	}
	r.after = msg.Sequence
	return msg, nil
}

// Transient tells that a read may work later: there is nothing yet, or the server cannot be reached.
func Transient(err error) bool {
	for _, target := range []error{
		jetstream.ErrMsgNotFound, jetstream.ErrStreamNotFound, nats.ErrNoResponders, nats.ErrTimeout,
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

// HasCode tells that the error is an answer of JetStream with this code.
func HasCode(err error, code jetstream.ErrorCode) bool {
	var jsErr jetstream.JetStreamError
	return errors.As(err, &jsErr) && jsErr.APIError() != nil && jsErr.APIError().ErrorCode == code
}

// WrongLastSequence tells that the server refused a message because the subject has another one than was expected.
// Replicated streams have a second code for it, while that other one is still being stored.
func WrongLastSequence(err error) bool {
	return HasCode(err, jetstream.JSErrCodeStreamWrongLastSequence) ||
		HasCode(err, jetstream.JSErrCodeStreamWrongLastSequenceConstant)
}
