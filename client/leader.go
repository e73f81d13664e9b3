package client

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// ask is a question for one message of a stream: the last on a subject, or the next one from a sequence on.
type ask struct {
	LastOn string `json:"last_by_subj,omitempty"`
	From   uint64 `json:"seq,omitempty"`
	NextOn string `json:"next_by_subj,omitempty"`
}

// stored is a message as a stream has it.
type stored struct {
	Sequence uint64    `json:"seq"`
	Header   []byte    `json:"hdrs"`
	Data     []byte    `json:"data"`
	Time     time.Time `json:"time"`
}

// askLeader reads a message from the leader of a stream: other servers, which answer direct gets, may not have heard yet
// of what was acknowledged a moment ago. jetstream.ErrMsgNotFound means that there is none.
func (c *Conn) askLeader(ctx context.Context, stream string, what ask) (stored, error) {
	request, err := json.Marshal(what)
	if err != nil {
		return stored{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, answerWait)
	defer cancel()
	answer, err := c.nc.RequestWithContext(ctx, "$JS.API.STREAM.MSG.GET."+stream, request)
	if err != nil {
		return stored{}, fmt.Errorf("read stream %s: %w", stream, err)
	}
	var reply struct {
		Message stored              `json:"message"`
		Error   *jetstream.APIError `json:"error"`
	}
	if err := json.Unmarshal(answer.Data, &reply); err != nil {
		return stored{}, fmt.Errorf("read stream %s: %w", stream, err)
	}
	switch {
	case reply.Error == nil:
		return reply.Message, nil
	case reply.Error.ErrorCode == jetstream.JSErrCodeMessageNotFound:
		return stored{}, jetstream.ErrMsgNotFound
	case reply.Error.ErrorCode == jetstream.JSErrCodeStreamNotFound:
		return stored{}, fmt.Errorf("read stream %s: %w", stream, jetstream.ErrStreamNotFound)
	}
	return stored{}, fmt.Errorf("read stream %s: %w", stream, reply.Error)
}
