package client

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/queue/internal/retry"
	"github.com/gaveloj/gavel/queue/message"
)

// ErrBusy matches the error of a run request that no worker would take now: each one that was asked had every slot taken,
// or was stopping.
var ErrBusy = errors.New("no worker has a free slot")

// runBackoff has a request that is turned away sent again: the server picks another worker by chance. Altogether that is
// about a second.
func runBackoff() retry.Backoff {
	return retry.Backoff{First: 20 * time.Millisecond, Max: time.Second, Tries: 6, Jitter: true}
}

// Run has a worker of the pool compile files once and run the program on inputs, and returns what came of it; version 0
// means 1. Nothing of it is stored: when ctx ends, or the worker dies, nobody runs it again, and it is left alone by its
// limits. Without a nearer deadline, ctx ends after r.Longest().
//
// A worker without a free slot says so at once. Run then tries a few times, within a second, and returns an error that
// matches ErrBusy. One that matches api.ErrRejected says that the request can never work. Every error of a worker is a
// *api.RunError.
func (c *Client) Run(ctx context.Context, pool string, r api.RunRequest) (api.RunResult, error) {
	r.Version = cmp.Or(r.Version, api.Version)
	msg, err := c.runMessage(pool, r)
	if err != nil {
		return api.RunResult{}, fmt.Errorf("run: %w", err)
	}
	longest := r.Longest()
	ctx, cancel := context.WithTimeoutCause(ctx, longest, fmt.Errorf("no answer within %v: the worker may have died", longest))
	defer cancel()
	result, err := c.requestRun(ctx, msg)
	if err != nil {
		return result, fmt.Errorf("run in pool %s: %w", pool, err)
	}
	return result, nil
}

func (c *Client) runMessage(pool string, r api.RunRequest) (*nats.Msg, error) {
	if err := errors.Join(api.CheckToken("pool", pool), api.ValidateRun(r)); err != nil {
		return nil, err
	}
	data, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("encode request: %w", err)
	}
	if most := c.conn.nc.MaxPayload(); int64(len(data)) > most {
		return nil, api.Refuse("", fmt.Errorf("request of %d bytes is larger than the %d bytes that the server takes: "+
			"send fewer inputs, or raise max_payload of the server", len(data), most))
	}
	msg := nats.NewMsg(message.RunSubject(pool, r.ID))
	msg.Data = data
	return msg, nil
}

// requestRun sends the request until a worker takes it.
func (c *Client) requestRun(ctx context.Context, msg *nats.Msg) (result api.RunResult, err error) {
	err = retry.Do(ctx, runBackoff(), func() (again bool, err error) {
		result, err = c.requestOnce(ctx, msg)
		return errors.Is(err, ErrBusy), err
	})
	return result, err
}

func (c *Client) requestOnce(ctx context.Context, msg *nats.Msg) (result api.RunResult, err error) {
	reply, err := c.conn.nc.RequestMsgWithContext(ctx, msg)
	switch {
	case errors.Is(err, nats.ErrNoResponders):
		return result, errNoRunWorker
	case ctx.Err() != nil:
		return result, context.Cause(ctx)
	case err != nil:
		return result, err
	}
	if err := json.Unmarshal(reply.Data, &result); err != nil {
		return result, fmt.Errorf("decode result: %w", err)
	}
	return result, runError(result)
}

// errNoRunWorker is the answer of the server where no worker listens.
var errNoRunWorker = fmt.Errorf("no worker of the pool takes run requests: start one first: %w", nats.ErrNoResponders)

// runError is what a result says is wrong.
func runError(r api.RunResult) error {
	switch {
	case r.Error == nil:
		return nil
	case r.Error.Class == api.RunBusy, r.Error.Class == api.RunUnavailable:
		return fmt.Errorf("%w: %w", ErrBusy, r.Error)
	}
	return r.Error
}
