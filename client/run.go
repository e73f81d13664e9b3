package client

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/gaveloj/gavel/message"
)

// ErrBusy matches the error of a run request that no worker would take now: each one that was asked had every slot taken,
// or was stopping.
var ErrBusy = errors.New("no worker has a free slot")

// A request that is turned away is sent again: the server picks another worker by chance. Altogether that is about a
// second.
const (
	runTries     = 6
	runFirstRest = 20 * time.Millisecond
)

// Run has a worker of the pool compile files once and run the program on inputs, and returns what came of it; version 0
// means 1. Nothing of it is stored: when ctx ends, or the worker dies, nobody runs it again, and it is left alone by its
// limits. Without a nearer deadline, ctx ends after r.Longest().
//
// A worker without a free slot says so at once. Run then tries a few times, within a second, and returns an error that
// matches ErrBusy. One that matches message.ErrRejected says that the request can never work. Every error of a worker is a
// *message.RunError.
func (c *Client) Run(ctx context.Context, pool string, r message.RunRequest) (message.RunResult, error) {
	r.Version = cmp.Or(r.Version, message.Version)
	msg, err := c.runMessage(pool, r)
	if err != nil {
		return message.RunResult{}, fmt.Errorf("run: %w", err)
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

func (c *Client) runMessage(pool string, r message.RunRequest) (*nats.Msg, error) {
	if err := errors.Join(message.CheckToken("pool", pool), message.ValidateRun(r)); err != nil {
		return nil, err
	}
	data, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("encode request: %w", err)
	}
	if most := c.conn.nc.MaxPayload(); int64(len(data)) > most {
		return nil, message.Refuse("", fmt.Errorf("request of %d bytes is larger than the %d bytes that the server takes: "+
			"send fewer inputs, or raise max_payload of the server", len(data), most))
	}
	msg := nats.NewMsg(message.RunSubject(pool, r.ID))
	msg.Data = data
	return msg, nil
}

// requestRun sends the request until a worker takes it.
func (c *Client) requestRun(ctx context.Context, msg *nats.Msg) (message.RunResult, error) {
	rest := runFirstRest
	for try := 1; ; try++ {
		result, err := c.requestOnce(ctx, msg)
		if !errors.Is(err, ErrBusy) || try == runTries {
			return result, err
		}
		if !pause(ctx, rest/2+rand.N(rest)) {
			return result, fmt.Errorf("%w: %w", context.Cause(ctx), err)
		}
		rest *= 2
	}
}

func (c *Client) requestOnce(ctx context.Context, msg *nats.Msg) (result message.RunResult, err error) {
	reply, err := c.conn.nc.RequestMsgWithContext(ctx, msg)
	switch {
	case errors.Is(err, nats.ErrNoResponders):
		return result, fmt.Errorf("no worker of the pool takes run requests: start one first: %w", err)
	case ctx.Err() != nil:
		return result, context.Cause(ctx)
	case err != nil:
		return result, err
	}
	if err := json.Unmarshal(reply.Data, &result); err != nil {
		return result, fmt.Errorf("decode result: %w", err)
	}
	switch {
	case result.Error == nil:
		return result, nil
	case result.Error.Class == message.RunBusy, result.Error.Class == message.RunUnavailable:
		return result, fmt.Errorf("%w: %w", ErrBusy, result.Error)
	}
	return result, result.Error
}
