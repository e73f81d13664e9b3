package queue

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/rs/zerolog"

	"github.com/gaveloj/gavel/client"
	"github.com/gaveloj/gavel/message"
	"github.com/gaveloj/gavel/message/verdict"
)

// ErrCanceled is the cause of the end of a submission's work context when the attempt is not wanted any more.
var ErrCanceled = errors.New("attempt was canceled")

// cancels tells the submissions in hand when they are canceled.
//
// A plain subscription hears of new entries of the bucket at once, comes back with the connection, and does not mind
// when the bucket is made anew. It misses what is published while the connection is lost, or before the submission was
// taken: so each submission also reads its entry once it can be heard of, after each reconnection, and from time to
// time. Nothing is kept but what is in hand, and for a moment what is not: it may be waiting in the queue.
type cancels struct {
	conn *client.Conn // borrowed
	log  zerolog.Logger

	heardOfOthers chan struct{} // capacity 1

	mu     sync.Mutex
	inHand map[*hold]struct{}  // guarded by mu
	others map[string]struct{} // keys of canceled attempts that were not in hand; guarded by mu
}

func newCancels(conn *client.Conn, log zerolog.Logger) *cancels {
	return &cancels{
		conn: conn, log: log, heardOfOthers: make(chan struct{}, 1),
		inHand: map[*hold]struct{}{}, others: map[string]struct{}{},
	}
}

// hold is one submission in hand.
type hold struct {
	of      *cancels
	key     string                  // of the entry
	end     context.CancelCauseFunc // of the work
	look    chan struct{}           // capacity 1: "read the entry now"
	asked   chan struct{}           // closed once the entry was read, or could not be
	reading sync.WaitGroup

	mu      sync.Mutex
	request *message.Cancellation // guarded by mu; nil while the attempt is wanted
}

// listen hears of cancellations until the stop function is called, which waits for what it started.
func (c *cancels) listen() (stop func(), err error) {
	subject := message.EntrySubject(message.BucketCancellations, ">")
	sub, err := c.conn.NATS().Subscribe(subject, func(msg *nats.Msg) {
		c.heard(message.EntryKey(message.BucketCancellations, msg.Subject), msg.Header, msg.Data)
	})
	if err != nil {
		return nil, fmt.Errorf("listen to %s: %w", subject, err)
	}
	connected := c.conn.NATS().StatusChanged(nats.CONNECTED)
	var watch sync.WaitGroup
	watch.Go(func() {
		for range connected {
			c.lookAgain()
		}
	})
	return func() {
		c.conn.NATS().RemoveStatusListener(connected) // closes it
		watch.Wait()
		_ = sub.Unsubscribe() // the connection may be closed already
	}, nil
}

// heard ends the work on an attempt, if it is in hand.
func (c *cancels) heard(key string, header nats.Header, entry []byte) {
	if client.Removed(header) {
		return
	}
	here := false
	c.mu.Lock()
	defer c.mu.Unlock()
	for h := range c.inHand {
		if h.key == key {
			h.cancel(message.ReadCancellation(entry))
			here = true
		}
	}
	if here || len(c.others) >= mostOthers {
		return
	}
	c.others[key] = struct{}{}
	select {
	case c.heardOfOthers <- struct{}{}:
	default: // it is told already
	}
}

// mostOthers is how many canceled attempts are remembered that are not in hand. The cancellation of a further one counts
// when it is delivered.
const mostOthers = 10_000

// takeOthers forgets the canceled attempts that were not in hand, and returns them.
func (c *cancels) takeOthers() map[string]struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	taken := c.others
	c.others = map[string]struct{}{}
	return taken
}

// lookAgain makes every submission in hand read its entry.
func (c *cancels) lookAgain() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for h := range c.inHand {
		select {
		case h.look <- struct{}{}:
		default: // it is told already
		}
	}
}

// hold takes a submission in hand: the context that it returns ends with ErrCanceled when the attempt is canceled. The
// caller releases it when the work is over.
func (c *cancels) hold(ctx context.Context, who message.Identity) (context.Context, *hold) {
	ctx, end := context.WithCancelCause(ctx)
	h := &hold{
		of: c, key: message.AttemptKey(who.ID, who.Attempt), end: end,
		look: make(chan struct{}, 1), asked: make(chan struct{}),
	}
	c.mu.Lock()
	c.inHand[h] = struct{}{}
	c.mu.Unlock()
	h.reading.Go(func() { h.read(ctx) })
	return ctx, h
}

// release forgets the submission.
func (h *hold) release() {
	h.of.mu.Lock()
	delete(h.of.inHand, h)
	h.of.mu.Unlock()
	h.end(nil)
	h.reading.Wait()
}

func (h *hold) cancel(request message.Cancellation) {
	h.mu.Lock()
	if h.request == nil {
		h.request = &request
	}
	h.mu.Unlock()
	h.end(ErrCanceled)
}

// canceled tells whether the attempt is not wanted any more. What was stored before the submission was taken in hand
// counts: it waits until that is known, for which there was time enough while the submission was judged.
func (h *hold) canceled(ctx context.Context) (message.Cancellation, bool) {
	select {
	case <-h.asked:
	case <-ctx.Done():
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.request == nil {
		return message.Cancellation{}, false
	}
	return *h.request, true
}

// lookEvery is how often the entry is read again while a submission is in hand, lookSoon after it could not be read.
const (
	lookEvery = 10 * time.Second
	lookSoon  = time.Second
)

// read looks for the entry until ctx ends.
func (h *hold) read(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	var once sync.Once
	defer once.Do(func() { close(h.asked) })
	for {
		select {
		case <-timer.C:
		case <-h.look:
		case <-ctx.Done():
			return
		}
		again := lookEvery
		entry, err := readEntry(ctx, h.of.conn, message.BucketCancellations, h.key)
		switch {
		case err == nil:
			h.cancel(message.ReadCancellation(entry))
		case !errors.Is(err, jetstream.ErrMsgNotFound):
			again = lookSoon
			h.of.log.Debug().Err(err).Msg("cancellation not read")
		}
		once.Do(func() { close(h.asked) })
		timer.Reset(again)
	}
}

// canceledReport is the judgement of an attempt that is not wanted any more.
func canceledReport(request message.Cancellation) message.Report {
	return message.Report{Verdict: verdict.Canceled, CancelReason: request.Reason}
}
