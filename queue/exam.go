package queue

import (
	"context"
	"sync"
	"time"
)

// exam finds out after a fault whether the worker can judge at all. A single fault may have been anything; a worker whose
// self-test fails takes nothing more until it succeeds, so that it does not use up the tries of the whole queue.
type exam struct {
	wanted chan struct{} // room for one wish
}

func newExam() exam { return exam{wanted: make(chan struct{}, 1)} }

// want asks for a self-test soon.
func (e exam) want() {
	select {
	case e.wanted <- struct{}{}:
	default: // it is asked for already
	}
}

// gateExam is the name under which the gate is closed.
const gateExam = "self-test"

// startExams tests whenever it is wanted, until ctx ends. The stop function waits for the goroutine.
func (w *Worker) startExams(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var loop sync.WaitGroup
	loop.Go(func() {
		for {
			select {
			case <-w.exam.wanted:
				w.examine(ctx)
			case <-ctx.Done():
				return
			}
		}
	})
	return func() { cancel(); loop.Wait() }
}

// examine repeats the self-test until it succeeds. The gate is closed in between.
func (w *Worker) examine(ctx context.Context) {
	if w.cfg.SelfTest == nil {
		return
	}
	for wait := w.cfg.RetryDelay; ; wait = min(2*wait, w.cfg.MaxRetryDelay) {
		err := w.selfTest(ctx)
		if err == nil {
			w.cfg.Gate.Open(gateExam)
			return
		}
		if ctx.Err() != nil {
			return
		}
		w.cfg.Log.Error().Err(err).Msg("self-test failed, taking nothing until it succeeds")
		w.cfg.Gate.Close(gateExam, "self-test failed: "+err.Error())
		if !pause(ctx, wait) {
			return
		}
	}
}

// selfTestTime is how long one self-test may take.
const selfTestTime = time.Minute

func (w *Worker) selfTest(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, selfTestTime)
	defer cancel()
	return w.cfg.SelfTest(ctx)
}
