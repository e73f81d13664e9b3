package client

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/gaveloj/gavel/queue/message"
)

// Worker is a worker as the registry knows it.
type Worker struct {
	message.WorkerInfo
	// Age is how long ago the worker last said anything, by the server's clock.
	Age time.Duration
	// Lost reports that it was longer ago than a live worker is silent, and the worker did not say that it stops.
	Lost bool
}

// Live reports whether the worker runs, whether or not it takes work just now.
func (w *Worker) Live() bool { return !w.Lost && w.State != message.WorkerStopped }

// workersPage is how many entries are asked for at once.
const workersPage = 1024

// Workers lists the workers that said something within the last hour, by pool and name. It needs leave to publish to
// $JS.API.STREAM.INFO.KV_judge-workers and $JS.API.DIRECT.GET.KV_judge-workers, and a server of version 2.11 or later.
// A server that no worker has used yet has none.
func (c *Client) Workers(ctx context.Context) ([]Worker, error) {
	workers, err := c.listed(ctx, "*")
	if err != nil {
		return nil, fmt.Errorf("list workers of %s: %w", c.conn.url, err)
	}
	slices.SortFunc(workers, func(a, b Worker) int {
		return cmp.Or(cmp.Compare(a.Pool, b.Pool), cmp.Compare(a.Name, b.Name))
	})
	return workers, nil
}

// Worker returns what Workers knows of one worker; false where there is none of that name.
func (c *Client) Worker(ctx context.Context, name string) (Worker, bool, error) {
	workers, err := c.listed(ctx, name)
	if err != nil {
		return Worker{}, false, fmt.Errorf("look for worker %s at %s: %w", name, c.conn.url, err)
	}
	if len(workers) == 0 {
		return Worker{}, false, nil
	}
	return workers[0], true, nil
}

// listed reads the entries of one worker, or of all of them for "*".
func (c *Client) listed(ctx context.Context, name string) ([]Worker, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, 5*time.Second, errors.New("no answer within 5s: are these requests allowed?"))
	defer cancel()
	workers, err := c.workers(ctx, name)
	switch {
	case errors.Is(err, jetstream.ErrStreamNotFound):
		return nil, nil
	case err != nil && ctx.Err() != nil:
		return nil, context.Cause(ctx)
	}
	return workers, err
}

func (c *Client) workers(ctx context.Context, name string) ([]Worker, error) {
	bucket := message.BucketStream(message.BucketWorkers)
	stream, err := c.conn.js.Stream(ctx, bucket)
	if err != nil {
		return nil, err
	}
	// Time goes by the server's clock alone: what it is there now, and when it stored each entry.
	now := stream.CachedInfo().TimeStamp
	entries, err := inPages(ctx, c.conn.nc, bucket, message.EntrySubject(message.BucketWorkers, name), workersPage)
	if err != nil {
		return nil, err
	}
	var workers []Worker
	for _, entry := range entries {
		if w, ok := decodeWorker(entry, now); ok {
			workers = append(workers, w)
		}
	}
	return workers, nil
}

// decodeWorker reads an entry. What is no entry of a worker, such as the mark of a deleted one, is none.
func decodeWorker(entry *nats.Msg, now time.Time) (Worker, bool) {
	var w Worker
	stored, err := time.Parse(time.RFC3339Nano, entry.Header.Get(jetstream.TimeStampHeaer))
	if err != nil || json.Unmarshal(entry.Data, &w.WorkerInfo) != nil || w.Name == "" {
		return Worker{}, false
	}
	w.Age = max(now.Sub(stored), 0)
	w.Lost = w.Age > w.LostAfter() && w.State != message.WorkerStopped
	return w, true
}

// inPages reads every message of a stream, which has one for each subject, that many at a time. One that is replaced meanwhile
// may come twice, the newer one last.
func inPages(ctx context.Context, nc *nats.Conn, stream, subjects string, each int) ([]*nats.Msg, error) {
	var all []*nats.Msg
	for next := uint64(1); ; {
		page, more, err := getDirect(ctx, nc, stream, map[string]any{"seq": next, "next_by_subj": subjects, "batch": each})
		if err != nil {
			return nil, err
		}
		all = append(all, page...)
		if !more || len(page) == 0 {
			return newestOfEach(all), nil
		}
		last, err := strconv.ParseUint(page[len(page)-1].Header.Get(jetstream.SequenceHeader), 10, 64)
		if err != nil {
			return nil, fmt.Errorf("server gives a message of stream %s without its sequence: %w", stream, err)
		}
		next = last + 1
	}
}

// newestOfEach drops the messages whose subject comes again.
func newestOfEach(all []*nats.Msg) []*nats.Msg {
	seen := make(map[string]bool, len(all))
	newest := all[:0:0]
	for _, msg := range slices.Backward(all) {
		if subject := msg.Header.Get(jetstream.SubjectHeader); !seen[subject] {
			seen[subject] = true
			newest = append(newest, msg)
		}
	}
	return newest
}

// getDirect reads what a request for several messages asks for, and reports whether there are more than it may have.
func getDirect(ctx context.Context, nc *nats.Conn, stream string, ask map[string]any) (all []*nats.Msg, more bool, err error) {
	request, err := json.Marshal(ask)
	if err != nil {
		return nil, false, err
	}
	inbox := nc.NewInbox()
	sub, err := nc.SubscribeSync(inbox)
	if err != nil {
		return nil, false, err
	}
	defer func() { _ = sub.Unsubscribe() }() // the connection may be closed already
	if err := nc.PublishRequest("$JS.API.DIRECT.GET."+stream, inbox, request); err != nil {
		return nil, false, err
	}
	for {
		msg, err := sub.NextMsgWithContext(ctx)
		if err != nil {
			return nil, false, err
		}
		switch status := msg.Header.Get("Status"); status {
		case "":
			all = append(all, msg)
		case "204": // as many as were asked for were sent
			pending, _ := strconv.Atoi(msg.Header.Get("Nats-Num-Pending")) // none where it is missing
			return all, pending > 0, nil
		case "404": // there are none
			return all, false, nil
		case "503":
			return nil, false, nats.ErrNoResponders
		default:
			return nil, false, fmt.Errorf("server answers %s %s: is it older than 2.11?", status, msg.Header.Get("Description"))
		}
	}
}

// answerTime is how long to wait for workers that say what they judge: one on another continent needs a part of it.
const answerTime = 500 * time.Millisecond

// Hands asks the workers what they judge, and returns what comes until the given number of them has answered, or for half a
// second. It is for operators: who may not ask gets no answer.
func (c *Client) Hands(ctx context.Context, workers int) ([]message.Hands, error) {
	if workers == 0 {
		return nil, nil
	}
	answers := make(chan *nats.Msg, workers+1)
	inbox := c.conn.nc.NewInbox()
	sub, err := c.conn.nc.ChanSubscribe(inbox, answers)
	if err == nil {
		defer func() { _ = sub.Unsubscribe() }() // the connection may be closed already
		err = c.conn.nc.PublishRequest(message.InHandSubject, inbox, nil)
	}
	if err != nil {
		return nil, fmt.Errorf("ask the workers what they judge: %w", err)
	}
	late := time.NewTimer(answerTime)
	defer late.Stop()
	var all []message.Hands
	for len(all) < workers {
		select {
		case msg := <-answers:
			var hands message.Hands
			if len(msg.Data) == 0 {
				return all, nil // the server says that nobody listens there
			}
			if json.Unmarshal(msg.Data, &hands) == nil {
				all = append(all, hands)
			}
		case <-late.C:
			return all, nil
		case <-ctx.Done():
			return all, context.Cause(ctx)
		}
	}
	return all, nil
}
