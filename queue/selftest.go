package queue

import (
	"context"
	"sync"
	"time"

	"github.com/gaveloj/gavel/metrics"
	"github.com/gaveloj/gavel/queue/internal/retry"
)

// selfTests finds out after a fault whether the worker can judge at all. A single fault may have been anything; a worker whose
// self-test fails takes nothing more until it succeeds, so that it does not use up the tries of the whole queue.
type selfTests struct {
	requested chan struct{} // capacity 1
}

func newSelfTests() selfTests { return selfTests{requested: make(chan struct{}, 1)} }

// request asks for a self-test soon.
func (e selfTests) request() {
	select {
	case e.requested <- struct{}{}:
	default: // it is asked for already
	}
}

// startSelfTests tests whenever it is requested, until ctx ends. The stop function waits for the goroutine.
func (w *Worker) startSelfTests(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var loop sync.WaitGroup
	loop.Go(func() {
		for {
			select {
			case <-w.selfTests.requested:
				w.testUntilPassed(ctx)
			case <-ctx.Done():
				return
			}
		}
	})
	return func() { cancel(); loop.Wait() }
}

// testUntilPassed repeats the self-test until it succeeds. The gate is closed in between.
func (w *Worker) testUntilPassed(ctx context.Context) {
	if w.cfg.SelfTest == nil {
		return
	}
	err := retry.Do(ctx, w.cfg.backoff(), func() (bool, error) {
		err := w.selfTest(ctx)
		if err != nil && ctx.Err() == nil {
			w.cfg.Log.Error().Err(err).Msg("self-test failed, taking nothing until it succeeds")
			w.cfg.Gate.Close(string(metrics.PausedSelfTest), "self-test failed: "+err.Error())
		}
		return ctx.Err() == nil, err
	})
	if err == nil {
		w.cfg.Gate.Open(string(metrics.PausedSelfTest))
	}
}

// selfTestTime is how long one self-test may take.
const selfTestTime = time.Minute

func (w *Worker) selfTest(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, selfTestTime)
	defer cancel()
	return w.cfg.SelfTest(ctx)
}
