package queuetest

import (
	"context"
	"sync"
	"testing"
)

// Running is a worker that runs.
type Running struct {
	Drain context.CancelFunc // stop taking
	Kill  context.CancelFunc // end work
	Done  chan error
}

// Run runs a worker until the test ends.
func Run(t testing.TB, worker interface {
	Run(fetchCtx, workCtx context.Context) error
},
) *Running {
	t.Helper()
	fetchCtx, drain := context.WithCancel(context.Background())
	workCtx, kill := context.WithCancel(context.Background())
	r := &Running{Drain: drain, Kill: kill, Done: make(chan error, 1)}
	var loop sync.WaitGroup
	loop.Go(func() { r.Done <- worker.Run(fetchCtx, workCtx) })
	t.Cleanup(func() {
		drain()
		kill()
		loop.Wait()
	})
	return r
}

// Stop drains the worker and waits until it has ended.
func (r *Running) Stop(t testing.TB) {
	t.Helper()
	r.Drain()
	if err := Receive(t, r.Done, "end of the worker"); err != nil {
		t.Fatalf("Run: %v", err)
	}
	r.Done <- nil
}
