package judge

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/sandbox"
)

// attempts is how often something is tried in containers before it is a fault of the worker.
const attempts = 3

// retried calls do until it succeeds, at most attempts times: a fault of a container is tried again in others. A refusal
// would be the same there, and is not; nor is memory of the host that has run out, which another worker may have.
func retried(ctx context.Context, do func() error) error {
	var err error
	for range attempts {
		if err = do(); err == nil || ctx.Err() != nil || errors.Is(err, api.ErrRejected) || errors.Is(err, sandbox.ErrHostMemory) {
			return err
		}
	}
	return err
}

// leased does something in a clean container; see retried.
func (j *Judge) leased(ctx context.Context, do func(*sandbox.Sandbox) error) error {
	return retried(ctx, func() error { return j.leaseOnce(ctx, do) })
}

func (j *Judge) leaseOnce(ctx context.Context, do func(*sandbox.Sandbox) error) error {
	start := time.Now()
	sb, err := j.cfg.Pool.Lease(ctx)
	if err != nil {
		return fmt.Errorf("lease container: %w", err)
	}
	defer j.cfg.Pool.Release(sb)
	j.cfg.Metrics.LeaseWait(time.Since(start))
	return do(sb)
}
