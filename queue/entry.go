package queue

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/gaveloj/gavel/client"
	"github.com/gaveloj/gavel/message"
)

// readEntry asks the leader of a bucket, because another server may not have heard yet of what it has promised to keep.
// jetstream.ErrMsgNotFound means that there is no entry.
func readEntry(ctx context.Context, conn *client.Conn, bucket, key string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, settleTime)
	defer cancel()
	question, err := json.Marshal(map[string]string{"last_by_subj": message.EntrySubject(bucket, key)})
	if err != nil {
		return nil, err
	}
	answer, err := conn.NATS().RequestWithContext(ctx, "$JS.API.STREAM.MSG.GET."+message.BucketStream(bucket), question)
	if err != nil {
		return nil, err
	}
	header, entry, err := decodeStored(answer.Data)
	if err == nil && client.Removed(header) {
		return nil, jetstream.ErrMsgNotFound
	}
	return entry, err
}

// decodeStored reads the server's answer to a request for a stored message.
func decodeStored(answer []byte) (nats.Header, []byte, error) {
	var stored struct {
		Error   *jetstream.APIError `json:"error"`
		Message struct {
			Header []byte `json:"hdrs"`
			Data   []byte `json:"data"`
		} `json:"message"`
	}
	if err := json.Unmarshal(answer, &stored); err != nil {
		return nil, nil, fmt.Errorf("decode answer of the server: %w", err)
	}
	if stored.Error != nil && stored.Error.ErrorCode == jetstream.JSErrCodeMessageNotFound {
		return nil, nil, jetstream.ErrMsgNotFound
	}
	if stored.Error != nil {
		return nil, nil, stored.Error
	}
	if len(stored.Message.Header) == 0 {
		return nil, stored.Message.Data, nil
	}
	header, err := nats.DecodeHeadersMsg(stored.Message.Header)
	return header, stored.Message.Data, err
}
