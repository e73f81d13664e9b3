package storage

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/queue/message"
)

// FetchFiles reads the files that did not come with the message from the object store of the submission: from none
// other, so that the namespace of a submission decides what it can read. Validate has bounded their sizes. What is not
// there, or is something else, is a refusal; a server that does not answer is a fault.
func FetchFiles(ctx context.Context, conn *client.Conn, s api.Submission) (api.Submission, error) {
	s.Files = slices.Clone(s.Files)
	for i, f := range s.Files {
		if f.Object == nil {
			continue
		}
		content, err := fetchFile(ctx, conn, s.ID, *f.Object)
		if err != nil {
			return s, fmt.Errorf("file %q of the submission: %w", f.Name, err)
		}
		s.Files[i] = api.SourceFile{Name: f.Name, Content: content}
	}
	return s, nil
}

func fetchFile(ctx context.Context, conn *client.Conn, id string, o api.FileObject) ([]byte, error) {
	var content bytes.Buffer
	content.Grow(int(o.Bytes))
	err := conn.GetObject(ctx, message.FilesBucket(id), o, &content)
	switch {
	case errors.Is(err, client.ErrNoObject), errors.Is(err, jetstream.ErrStreamNotFound):
		return nil, api.Refuse(verdict.ClassProblem, fmt.Errorf(
			"it was never uploaded, or its time there is over: submit again with the file: %w", err))
	case errors.Is(err, client.ErrDamaged):
		return nil, api.Refuse(verdict.ClassProblem, fmt.Errorf("submit again with the file: %w", err))
	}
	return content.Bytes(), err
}
