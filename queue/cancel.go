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

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/queue/message"
)

// ErrCanceled is the cause of the end of a submission's work context when the attempt is not wanted any more.
var ErrCanceled = errors.New("attempt was canceled")

// cancellations ends the work on running submissions that are canceled.
//
// A plain subscription gets new entries of the bucket at once, comes back with the connection, and does not mind
// when the bucket is made anew. It misses what is published while the connection is lost, or before the submission was
// taken: so each submission also reads its entry once it can be found here, after each reconnection, and from time to
// time. Nothing is kept but what is in hand, and for a moment what is not: it may be waiting in the queue.
type cancellations struct {
	conn *client.Conn // borrowed
	log  zerolog.Logger

	notRunningAdded chan struct{} // capacity 1

	mu         sync.Mutex
	running    map[*cancelWatch]struct{} // guarded by mu
	notRunning map[string]struct{}       // keys of canceled attempts that were not in hand; guarded by mu
}

func newCancellations(conn *client.Conn, log zerolog.Logger) *cancellations {
	return &cancellations{
		conn: conn, log: log, notRunningAdded: make(chan struct{}, 1),
		running: map[*cancelWatch]struct{}{}, notRunning: map[string]struct{}{},
	}
}

// cancelWatch waits for the cancellation of one running submission.
type cancelWatch struct {
	all       *cancellations
	key       string                  // of the entry
	end       context.CancelCauseFunc // of the work
	readNow   chan struct{}           // capacity 1: "read the entry now"
	firstRead chan struct{}           // closed once the entry was read, or could not be
	reading   sync.WaitGroup

	mu      sync.Mutex
	request *message.Cancellation // guarded by mu; nil while the attempt is wanted
}

// listen subscribes to cancellations until the stop function is called, which waits for what it started.
func (c *cancellations) listen() (stop func(), err error) {
	subject := message.EntrySubject(message.BucketCancellations, ">")
	sub, err := c.conn.NATS().Subscribe(subject, func(msg *nats.Msg) {
		c.onCancel(message.EntryKey(message.BucketCancellations, msg.Subject), msg.Header, msg.Data)
	})
	if err != nil {
		return nil, fmt.Errorf("listen to %s: %w", subject, err)
	}
	connected := c.conn.NATS().StatusChanged(nats.CONNECTED)
	var watch sync.WaitGroup
	watch.Go(func() {
		for range connected {
			c.readAll()
		}
	})
	return func() {
		c.conn.NATS().RemoveStatusListener(connected) // closes it
		watch.Wait()
		_ = sub.Unsubscribe() // the connection may be closed already
	}, nil
}

// onCancel ends the work on an attempt that runs here, or notes that it does not.
func (c *cancellations) onCancel(key string, header nats.Header, entry []byte) {
	if client.Removed(header) {
		return
	}
	here := false
	c.mu.Lock()
	defer c.mu.Unlock()
	for h := range c.running {
		if h.key == key {
			h.cancel(message.ReadCancellation(entry))
			here = true
		}
	}
	if here || len(c.notRunning) >= maxNotRunning {
		return
	}
	c.notRunning[key] = struct{}{}
	select {
	case c.notRunningAdded <- struct{}{}:
	default: // one is enough
	}
}

// maxNotRunning is how many canceled attempts are remembered that do not run here. The cancellation of a further one counts
// when it is delivered.
const maxNotRunning = 10_000

// takeNotRunning returns the canceled attempts that did not run here, and forgets them.
func (c *cancellations) takeNotRunning() map[string]struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	taken := c.notRunning
	c.notRunning = map[string]struct{}{}
	return taken
}

// readAll makes every running submission read its entry.
func (c *cancellations) readAll() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for h := range c.running {
		select {
		case h.readNow <- struct{}{}:
		default: // one is enough
		}
	}
}

// watch begins to wait: the context that it returns ends with ErrCanceled when the attempt is canceled. The caller stops
// the watch when the work is over.
func (c *cancellations) watch(ctx context.Context, who api.Identity) (context.Context, *cancelWatch) {
	ctx, end := context.WithCancelCause(ctx)
	h := &cancelWatch{
		all: c, key: api.AttemptKey(who.ID, who.Attempt), end: end,
		readNow: make(chan struct{}, 1), firstRead: make(chan struct{}),
	}
	c.mu.Lock()
	c.running[h] = struct{}{}
	c.mu.Unlock()
	h.reading.Go(func() {
		_ = guarded(c.log, "reading a cancellation", func() error { h.read(ctx); return nil }) // it is logged
	})
	return ctx, h
}

// stop forgets the submission, and waits for what watch has started.
func (h *cancelWatch) stop() {
	h.all.mu.Lock()
	delete(h.all.running, h)
	h.all.mu.Unlock()
	h.end(nil)
	h.reading.Wait()
}

func (h *cancelWatch) cancel(request message.Cancellation) {
	h.mu.Lock()
	if h.request == nil {
		h.request = &request
	}
	h.mu.Unlock()
	h.end(ErrCanceled)
}

// canceled reports whether the attempt is not wanted any more. What was stored before the submission was taken in hand
// counts: it waits until that is known, for which there was time enough while the submission was judged.
func (h *cancelWatch) canceled(ctx context.Context) (message.Cancellation, bool) {
	select {
	case <-h.firstRead:
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
	rereadInterval   = 10 * time.Second
	rereadAfterError = time.Second
)

// read looks for the entry until ctx ends.
func (h *cancelWatch) read(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	var once sync.Once
	defer once.Do(func() { close(h.firstRead) })
	for {
		select {
		case <-timer.C:
		case <-h.readNow:
		case <-ctx.Done():
			return
		}
		again := rereadInterval
		entry, err := readEntry(ctx, h.all.conn, message.BucketCancellations, h.key)
		switch {
		case err == nil:
			h.cancel(message.ReadCancellation(entry))
		case !errors.Is(err, jetstream.ErrMsgNotFound):
			again = rereadAfterError
			h.all.log.Debug().Err(err).Msg("cancellation not read")
		}
		once.Do(func() { close(h.firstRead) })
		timer.Reset(again)
	}
}

// canceledReport is the judgement of an attempt that is not wanted any more.
func canceledReport(request message.Cancellation) api.Report {
	return api.Report{Verdict: verdict.Canceled, CancelReason: request.Reason}
}
