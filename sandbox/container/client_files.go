package container

import (
	"context"
	"fmt"
	"os"
)

// Delete removes a file or a tree of the container. It is for users that keep files over several runs; Gavel resets the
// container instead.
func (c *Client) Delete(ctx context.Context, path string) error {
	_, err := c.call(ctx, &cmd{Cmd: cmdDelete, DeleteCmd: &deleteCmd{Path: path}}, nil, callTimeout)
	return err
}

// Opened is what became of one OpenCmd: a file that the caller owns, or an error.
type Opened struct {
	File *os.File
	Err  error
}

// Open opens files of the container, in as many messages as it takes. The error is that of the container;
// what became of each item is in the list.
func (c *Client) Open(ctx context.Context, items []OpenCmd) ([]Opened, error) {
	opened := make([]Opened, 0, len(items))
	for len(items) > 0 {
		batch := nextBatch(items)
		items = items[len(batch):]
		part, err := c.openBatch(ctx, batch)
		if err != nil {
			for _, o := range opened {
				if o.File != nil {
					_ = o.File.Close() // nothing was written
				}
			}
			return nil, err
		}
		opened = append(opened, part...)
	}
	return opened, nil
}

// maxOpenBatch is the most files that one message opens, so that the errors fit into the reply. Their paths and what goes with
// each have to fit into the message.
const (
	maxOpenBatch = 50
	openOverhead = 32 // bytes of an item beside its path, at most
)

// nextBatch is the first of the items, as many as one message holds; one at least.
func nextBatch(items []OpenCmd) []OpenCmd {
	size := 0
	for i := range items[:min(len(items), maxOpenBatch)] {
		if size += len(items[i].Path) + openOverhead; size > maxMessage/2 && i > 0 {
			return items[:i]
		}
	}
	return items[:min(len(items), maxOpenBatch)]
}

func (c *Client) openBatch(ctx context.Context, items []OpenCmd) ([]Opened, error) {
	m, err := c.exchange(ctx, &cmd{Cmd: cmdOpen, OpenCmd: items}, nil, callTimeout)
	if err != nil {
		return nil, err
	}
	if err := m.reply.OpenReply.fits(len(items), len(m.fds)); err != nil {
		closeAll(m.fds)
		return nil, c.markLost(err)
	}
	opened, fds := make([]Opened, len(items)), m.fds
	for i := range items {
		if e := &m.reply.OpenReply.Errors[i]; e.failed() {
			opened[i].Err = e
			continue
		}
		opened[i].File, fds = os.NewFile(uintptr(fds[0]), items[i].Path), fds[1:]
	}
	return opened, nil
}

// fits returns an error unless r answers each of so many items, and as many descriptors came as were opened.
func (r *openReply) fits(items, fds int) error {
	if r == nil || len(r.Errors) != items {
		return fmt.Errorf("%w: no answer to each of %d files", errMalformed, items)
	}
	want := 0
	for i := range r.Errors {
		if !r.Errors[i].failed() {
			want++
		}
	}
	if fds != want {
		return fmt.Errorf("%w: %d descriptors for %d opened files", errMalformed, fds, want)
	}
	return nil
}
