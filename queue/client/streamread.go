package client

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// messageQuery asks for one message of a stream: the last on a subject, or the next one from a sequence on.
type messageQuery struct {
	LastOn string `json:"last_by_subj,omitempty"`
	From   uint64 `json:"seq,omitempty"`
	NextOn string `json:"next_by_subj,omitempty"`
}

// answerWait is how long one question to the server may take.
const answerWait = 5 * time.Second

// LastMessage reads the newest message of a stream on a subject from the leader of the stream, because another server may
// not have yet what was acknowledged. jetstream.ErrMsgNotFound means that there is none. It is for workers: who may ask a
// leader may read the whole stream.
func (c *Conn) LastMessage(ctx context.Context, stream, subject string) (*jetstream.RawStreamMsg, error) {
	return c.readFromLeader(ctx, stream, messageQuery{LastOn: subject})
}

// readFromLeader reads a message from the leader of a stream; jetstream.ErrMsgNotFound means that there is none.
func (c *Conn) readFromLeader(ctx context.Context, stream string, what messageQuery) (*jetstream.RawStreamMsg, error) {
	request, err := json.Marshal(what)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, answerWait)
	defer cancel()
	answer, err := c.nc.RequestWithContext(ctx, "$JS.API.STREAM.MSG.GET."+stream, request)
	if err == nil {
		var msg *jetstream.RawStreamMsg
		if msg, err = decodeAnswer(answer.Data); err == nil {
			return msg, nil
		}
	}
	return nil, fmt.Errorf("read stream %s: %w", stream, err)
}

// decodeAnswer reads the leader's answer.
func decodeAnswer(answer []byte) (*jetstream.RawStreamMsg, error) {
	var reply struct {
		Message struct {
			Subject  string    `json:"subject"`
			Sequence uint64    `json:"seq"`
			Header   []byte    `json:"hdrs"`
			Data     []byte    `json:"data"`
			Time     time.Time `json:"time"`
		} `json:"message"`
		Error *jetstream.APIError `json:"error"`
	}
	if err := json.Unmarshal(answer, &reply); err != nil {
		return nil, fmt.Errorf("decode answer of the server: %w", err)
	}
	switch {
	case reply.Error == nil:
	case reply.Error.ErrorCode == jetstream.JSErrCodeMessageNotFound:
		return nil, jetstream.ErrMsgNotFound
	case reply.Error.ErrorCode == jetstream.JSErrCodeStreamNotFound:
		return nil, jetstream.ErrStreamNotFound
	default:
		return nil, reply.Error
	}
	msg := &jetstream.RawStreamMsg{
		Subject: reply.Message.Subject, Sequence: reply.Message.Sequence, Data: reply.Message.Data, Time: reply.Message.Time,
	}
	if len(reply.Message.Header) == 0 {
		return msg, nil
	}
	var err error
	msg.Header, err = nats.DecodeHeadersMsg(reply.Message.Header)
	return msg, err
}

// readLast reads the newest message of a stream on a subject; jetstream.ErrMsgNotFound means that there is none. The subject
// is part of the request's own, so that the server's permissions can say who may read what.
func (c *Client) readLast(ctx context.Context, stream, subject string) (*nats.Msg, error) {
	return c.conn.readDirect(ctx, stream+"."+subject, nil)
}

// readDirect reads a message from any server that has the stream; jetstream.ErrMsgNotFound means that there is none.
func (c *Conn) readDirect(ctx context.Context, what string, request []byte) (*nats.Msg, error) {
	ctx, cancel := context.WithTimeout(ctx, answerWait)
	defer cancel()
	msg, err := c.nc.RequestWithContext(ctx, "$JS.API.DIRECT.GET."+what, request)
	if err != nil {
		return nil, err
	}
	switch status := msg.Header.Get("Status"); status {
	case "":
		return msg, nil
	case "404":
		return nil, jetstream.ErrMsgNotFound
	default:
		return nil, fmt.Errorf("server answers %s %s", status, msg.Header.Get("Description"))
	}
}

// Removed reports that a message of a bucket marks the end of an entry: somebody removed it, or its time was over.
func Removed(header nats.Header) bool {
	return header.Get("KV-Operation") != "" || header.Get(jetstream.MarkerReasonHeader) != ""
}
