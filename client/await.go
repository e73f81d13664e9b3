package client

import (
	"context"
	"iter"
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
		// What the subscription hears, the stream stores a moment later: look often at first, then rest.
		idle = min(max(2*idle, 2*time.Millisecond), time.Second)
		if heard(ctx, news, idle) {
			idle = 0
		}
	}
}

// follow yields what a stream has on a subject, then what comes, until the caller stops.
func (c *Client) follow(ctx context.Context, stream, subject string) iter.Seq2[jetstream.Msg, error] {
	return func(yield func(jetstream.Msg, error) bool) {
		r := reader{js: c.conn.js, stream: stream, subject: subject, batch: 64}
		defer r.close()
		err := c.await(ctx, []string{subject}, func() error {
			for {
				msg, err := r.next(ctx)
				if err != nil {
					return err
				}
				if !yield(msg, nil) {
					return nil
				}
			}
		})
		if err != nil {
			yield(nil, err)
		}
	}
}

// notify wakes who waits on news, and never blocks.
func notify(news chan<- struct{}) {
	select {
	case news <- struct{}{}:
	default:
	}
}

func heard(ctx context.Context, news <-chan struct{}, d time.Duration) bool {
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
