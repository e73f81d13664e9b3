package queue

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/gaveloj/gavel/client"
	"github.com/gaveloj/gavel/message"
	"github.com/gaveloj/gavel/message/verdict"
)

// fetchFiles reads the files that did not come with the message from the object store of the submission: from none
// other, so that the namespace of a submission decides what it can read. Validate has bounded their sizes. What is not
// there, or is something else, is a refusal; a server that does not answer is a fault.
func (w *Worker) fetchFiles(ctx context.Context, s message.Submission) (message.Submission, error) {
	s.Files = slices.Clone(s.Files)
	for i, f := range s.Files {
		if f.Object == nil {
			continue
		}
		content, err := w.fetchFile(ctx, s.ID, *f.Object)
		if err != nil {
			return s, fmt.Errorf("file %q of the submission: %w", f.Name, err)
		}
		s.Files[i] = message.SourceFile{Name: f.Name, Content: content}
	}
	return s, nil
}

func (w *Worker) fetchFile(ctx context.Context, id string, o message.FileObject) ([]byte, error) {
	var content bytes.Buffer
	content.Grow(int(o.Bytes))
	err := w.conn.GetObject(ctx, message.FilesBucket(id), o, &content)
	switch {
	case errors.Is(err, client.ErrNoObject), errors.Is(err, jetstream.ErrStreamNotFound):
		return nil, message.Refuse(verdict.ClassProblem, fmt.Errorf(
			"it was never uploaded, or its time there is over: submit again with the file: %w", err))
	case errors.Is(err, client.ErrDamaged):
		return nil, message.Refuse(verdict.ClassProblem, fmt.Errorf("submit again with the file: %w", err))
	}
	return content.Bytes(), err
}
