package client

import (
	"context"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// answerWait is how long one question to the server may take.
const answerWait = 5 * time.Second

// last reads the newest message of a stream on a subject; jetstream.ErrMsgNotFound means that there is none. The subject
// is part of the request's own, so that the server's permissions can say who may read what.
func (c *Client) last(ctx context.Context, stream, subject string) (*nats.Msg, error) {
	return c.conn.direct(ctx, stream+"."+subject, nil)
}

// direct reads a message from any server that has the stream; jetstream.ErrMsgNotFound means that there is none.
func (c *Conn) direct(ctx context.Context, what string, request []byte) (*nats.Msg, error) {
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

// Removed tells that a message of a bucket marks the end of an entry: somebody removed it, or its time was over.
func Removed(header nats.Header) bool {
	return header.Get("KV-Operation") != "" || header.Get(jetstream.MarkerReasonHeader) != ""
}
