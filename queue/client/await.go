package client

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// await calls look until it finds what it wants: at once, when something is published on one of the subjects, and from
// time to time, so that a lost connection only delays it. An error of look that is not Transient ends it, and so does
// ctx, with its cause.
func (c *Client) await(ctx context.Context, subjects []string, look func() error) error {
	news := make(chan struct{}, 1) // one is enough: it means "look"
	for _, subject := range subjects {
		sub, err := c.conn.nc.Subscribe(subject, func(*nats.Msg) { notify(news) })
		if err != nil {
			return err
		}
		defer func() { _ = sub.Unsubscribe() }() // the connection may be closed already
	}
	idle := time.Duration(0)
	for {
		err := look()
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case !Transient(err):
			return err
		}
		// What the subscription gets, the stream stores a moment later: look often at first, then rest.
		idle = min(max(2*idle, 2*time.Millisecond), time.Second)
		if waitForNews(ctx, news, idle) {
			idle = 0
		}
	}
}

// follower walks what a stream has on a literal subject, from the first message that it still has. A user who may make no
// consumer gets the newest message, and then each newest one.
type follower struct {
	c      *Client
	reader reader
	// newestOnly reports that the user may make no consumer. Whoever may make one may have it deliver to the subjects of
	// others, so that servers with accounts refuse it.
	newestOnly bool
	after      uint64 // with newestOnly, the sequence of the last message that was read
}

func (c *Client) newFollower(stream, subject string) *follower {
	return &follower{c: c, reader: reader{js: c.conn.js, stream: stream, subject: subject, batch: 64}}
}

// each calls see with what the stream has, then with what comes, until see returns false, an error or ctx ends it.
func (f *follower) each(ctx context.Context, see func(data []byte) bool) error {
	defer f.reader.close()
	return f.c.await(ctx, []string{f.reader.subject}, func() error {
		for {
			data, err := f.next(ctx)
			if err != nil {
				return err
			}
			if !see(data) {
				return nil
			}
		}
	})
}

// next reads the next message; jetstream.ErrMsgNotFound means that there is none yet.
func (f *follower) next(ctx context.Context) ([]byte, error) {
	if f.newestOnly {
		return f.newest(ctx)
	}
	msg, err := f.reader.next(ctx)
	if err == nil {
		return msg.Data(), nil
	}
	if f.reader.after == 0 && (noStream(err) || silent(err)) && ctx.Err() == nil {
		data, newestErr := f.newest(ctx)
		if newestErr == nil || errors.Is(newestErr, jetstream.ErrMsgNotFound) {
			f.newestOnly = true
			return data, newestErr
		}
	}
	return nil, err
}

// newest reads the newest message, unless it was read before.
func (f *follower) newest(ctx context.Context) ([]byte, error) {
	msg, err := f.c.readLast(ctx, f.reader.stream, f.reader.subject)
	if err != nil {
		return nil, err
	}
	sequence, err := strconv.ParseUint(msg.Header.Get(jetstream.SequenceHeader), 10, 64)
	switch {
	case err != nil:
		return nil, fmt.Errorf("message on %s has no sequence: %w", f.reader.subject, err)
	case sequence <= f.after:
		return nil, jetstream.ErrMsgNotFound
	}
	f.after = sequence
	return msg.Data, nil
}

// notify wakes the reader of news, and never blocks.
func notify(news chan<- struct{}) {
	select {
	case news <- struct{}{}:
	default:
	}
}

func waitForNews(ctx context.Context, news <-chan struct{}, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-news:
		return true
	case <-timer.C:
	case <-ctx.Done():
	}
	return false
}
