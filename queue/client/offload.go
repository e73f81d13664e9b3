package client

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/queue/message"
)

// inlineBytes is the largest message that is published whole, where the server takes it. Streams hand out larger ones
// slowly, and keep them in memory for each replica.
const inlineBytes = 1 << 20

// offload puts the largest files of a submission into its object store, until the rest fits into a message.
func (c *Client) offload(ctx context.Context, s api.Submission) (api.Submission, error) {
	data, err := json.Marshal(s)
	if err != nil {
		return s, fmt.Errorf("encode submission: %w", err)
	}
	most := message.MaxSubmissionBytes(c.conn.nc.MaxPayload())
	size := int64(len(data))
	if size <= min(most, inlineBytes) {
		return s, nil
	}
	small := s
	small.Files = slices.Clone(s.Files)
	for _, f := range largest(small.Files) {
		if size <= min(most, inlineBytes) {
			break
		}
		before, err := json.Marshal(*f)
		if err != nil {
			return s, fmt.Errorf("encode submission: %w", err)
		}
		err = c.putFile(ctx, s.ID, f)
		if noStream(err) && int64(len(data)) <= most {
			return s, nil // there is no such store, and the server takes the message
		}
		if err != nil {
			return s, err
		}
		after, err := json.Marshal(*f)
		if err != nil {
			return s, fmt.Errorf("encode submission: %w", err)
		}
		size += int64(len(after) - len(before))
	}
	return small, nil
}

// noStream reports whether no stream stores what was published.
func noStream(err error) bool {
	return errors.Is(err, jetstream.ErrNoStreamResponse) || errors.Is(err, nats.ErrNoResponders)
}

// leastObject is the smallest file that is worth an object, in bytes.
const leastObject = 1 << 10

// largest are the files that are worth an object, the largest first.
func largest(files []api.SourceFile) []*api.SourceFile {
	var all []*api.SourceFile
	for i := range files {
		if len(files[i].Bytes()) >= leastObject {
			all = append(all, &files[i])
		}
	}
	slices.SortStableFunc(all, func(a, b *api.SourceFile) int { return cmp.Compare(len(b.Bytes()), len(a.Bytes())) })
	return all
}

// putFile moves the content of a file into the object store of a submission. It has the same name there every time, so
// that a submission that is published again takes no more space.
func (c *Client) putFile(ctx context.Context, id string, f *api.SourceFile) error {
	sum := sha256.Sum256(f.Bytes())
	object, err := c.conn.PutObject(ctx, message.FilesBucket(id), "source/"+id+"/"+hex.EncodeToString(sum[:]), bytes.NewReader(f.Bytes()))
	if err != nil {
		return err
	}
	*f = api.SourceFile{Name: f.Name, Object: &object}
	return nil
}
