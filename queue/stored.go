package queue

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/gaveloj/gavel/client"
)

// stored is a message as a stream keeps it.
type stored struct {
	sequence uint64 // in the stream
	header   nats.Header
	data     []byte
}

// lastStored reads the newest message of a stream on a subject; jetstream.ErrMsgNotFound means that there is none. It asks
// the leader of the stream, because another replica may not have heard yet of what was promised to be kept.
func lastStored(ctx context.Context, conn *client.Conn, stream, subject string) (stored, error) {
	ctx, cancel := context.WithTimeout(ctx, settleTime)
	defer cancel()
	question, err := json.Marshal(map[string]string{"last_by_subj": subject})
	if err != nil {
		return stored{}, err
	}
	answer, err := conn.NATS().RequestWithContext(ctx, "$JS.API.STREAM.MSG.GET."+stream, question)
	if err != nil {
		return stored{}, fmt.Errorf("read %s of stream %s: %w", subject, stream, err)
	}
	return decodeStored(answer.Data)
}

// decodeStored reads the server's answer.
func decodeStored(answer []byte) (stored, error) {
	var reply struct {
		Error   *jetstream.APIError `json:"error"`
		Message struct {
			Sequence uint64 `json:"seq"`
			Header   []byte `json:"hdrs"`
			Data     []byte `json:"data"`
		} `json:"message"`
	}
	if err := json.Unmarshal(answer, &reply); err != nil {
		return stored{}, fmt.Errorf("decode answer of the server: %w", err)
	}
	if reply.Error != nil && reply.Error.ErrorCode == jetstream.JSErrCodeMessageNotFound {
		return stored{}, jetstream.ErrMsgNotFound
	}
	if reply.Error != nil {
		return stored{}, reply.Error
	}
	found := stored{sequence: reply.Message.Sequence, data: reply.Message.Data}
	if len(reply.Message.Header) == 0 {
		return found, nil
	}
	var err error
	found.header, err = nats.DecodeHeadersMsg(reply.Message.Header)
	return found, err
}
