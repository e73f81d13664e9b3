package client

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/gaveloj/gavel/queue/message"
)

// Worker is a worker as the registry knows it.
type Worker struct {
	message.WorkerInfo
	// Age is how long ago the worker last said anything, by the server's clock.
	Age time.Duration `json:"-"`
	// Lost reports that it was longer ago than a live worker is silent, and the worker did not say that it stops.
	Lost bool `json:"-"`
}

// Live reports whether the worker runs, whether or not it takes work just now.
func (w *Worker) Live() bool { return !w.Lost && w.State != message.WorkerStopped }

// mostWorkers is how many entries a server gives in one answer (nats-server, getDirectMulti).
const mostWorkers = 1024

// Workers lists the workers that said something within the last hour, by pool and name. It needs leave to publish to
// $JS.API.STREAM.INFO.KV_judge-workers and $JS.API.DIRECT.GET.KV_judge-workers, and a server of version 2.11 or later.
// A server that no worker has used yet has none.
func (c *Client) Workers(ctx context.Context) ([]Worker, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, 5*time.Second, errors.New("no answer within 5s: are these requests allowed?"))
	defer cancel()
	workers, err := c.workers(ctx)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return nil, nil
	}
	if err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return nil, fmt.Errorf("list workers of %s: %w", c.conn.url, err)
	}
	slices.SortFunc(workers, func(a, b Worker) int {
		return cmp.Or(cmp.Compare(a.Pool, b.Pool), cmp.Compare(a.Name, b.Name))
	})
	return workers, nil
}

func (c *Client) workers(ctx context.Context) ([]Worker, error) {
	bucket := message.BucketStream(message.BucketWorkers)
	stream, err := c.conn.js.Stream(ctx, bucket)
	if err != nil {
		return nil, err
	}
	// Time goes by the server's clock alone: what it is there now, and when it stored each entry.
	now := stream.CachedInfo().TimeStamp
	entries, err := lastOfEach(ctx, c.conn.nc, bucket, message.EntrySubject(message.BucketWorkers, "*"), mostWorkers)
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

// lastOfEach reads the newest message of each subject that matches, in one request.
func lastOfEach(ctx context.Context, nc *nats.Conn, stream, subjects string, most int) ([]*nats.Msg, error) {
	request, err := json.Marshal(map[string]any{"multi_last": []string{subjects}, "batch": most})
	if err != nil {
		return nil, err
	}
	inbox := nc.NewInbox()
	sub, err := nc.SubscribeSync(inbox)
	if err != nil {
		return nil, err
	}
	defer func() { _ = sub.Unsubscribe() }() // the connection may be closed already
	if err := nc.PublishRequest("$JS.API.DIRECT.GET."+stream, inbox, request); err != nil {
		return nil, err
	}
	var all []*nats.Msg
	for {
		msg, err := sub.NextMsgWithContext(ctx)
		if err != nil {
			return nil, err
		}
		switch status := msg.Header.Get("Status"); status {
		case "":
			all = append(all, msg)
		case "204", "404": // all were sent; there are none
			return all, nil
		case "503":
			return nil, nats.ErrNoResponders
		case "413":
			return nil, fmt.Errorf("stream %s has more than %d subjects below %s", stream, most, subjects)
		default:
			return nil, fmt.Errorf("server answers %s %s: is it older than 2.11?", status, msg.Header.Get("Description"))
		}
	}
}
