package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/gaveloj/gavel/message"
)

// Artifact reads a file that was kept beside the report or run result called id, and makes sure that it is the one that
// was meant. One whose time is over is an error that matches ErrNoObject.
func (c *Client) Artifact(ctx context.Context, id string, a message.Artifact) ([]byte, error) {
	if a.Object == "" {
		return nil, fmt.Errorf("%s %q was not kept: %w", a.Kind, a.Name, errors.New(a.Error))
	}
	var data bytes.Buffer
	err := c.conn.GetObject(ctx, message.FilesBucket(id), message.FileObject{Name: a.Object, Bytes: a.Bytes, SHA256: a.SHA256}, &data)
	if err != nil {
		return nil, err
	}
	return data.Bytes(), nil
}
