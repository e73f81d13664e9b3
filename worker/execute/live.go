package execute

import (
	"context"
	"crypto/sha256"
	"hash"
	"sync"

	"github.com/gaveloj/gavel/sandbox"
	"github.com/gaveloj/gavel/worker/terminal"
)

// liveOutput passes on what a command writes while it runs, in the order in which it comes. It has a goroutine of its own: a
// terminal or a pipe that takes nothing must not keep the command from its limits. What waits is bounded by the limit of output.
type liveOutput struct {
	out    *terminal.Output
	failed func(error) // called when the output cannot be written

	mu      sync.Mutex
	waiting []livePart // guarded by mu
	ended   bool       // nothing more comes; guarded by mu
	changed *sync.Cond // on mu
	done    chan struct{}
}

// livePart is a piece of one of the two streams.
type livePart struct {
	from sandbox.Stream
	data []byte
}

func newLiveOutput(out *terminal.Output, failed func(error)) *liveOutput {
	l := &liveOutput{out: out, failed: failed, done: make(chan struct{})}
	l.changed = sync.NewCond(&l.mu)
	go l.write() // finish waits for it
	return l
}

// add takes a copy of data. It never blocks for long.
func (l *liveOutput) add(from sandbox.Stream, data []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if last := len(l.waiting) - 1; last >= 0 && l.waiting[last].from == from {
		l.waiting[last].data = append(l.waiting[last].data, data...)
	} else {
		l.waiting = append(l.waiting, livePart{from, append([]byte(nil), data...)})
	}
	l.changed.Signal()
}

// finish waits until everything is written. When ctx ends before, what has not been taken until then is lost: the process
// is about to end.
func (l *liveOutput) finish(ctx context.Context) {
	l.mu.Lock()
	l.ended = true
	l.changed.Signal()
	l.mu.Unlock()
	select {
	case <-l.done:
	case <-ctx.Done():
	}
}

func (l *liveOutput) write() {
	defer close(l.done)
	for {
		parts := l.next()
		if len(parts) == 0 {
			return
		}
		for _, part := range parts {
			if err := l.writePart(part); err != nil {
				l.failed(err)
				return
			}
		}
	}
}

func (l *liveOutput) writePart(part livePart) error {
	if part.from == sandbox.StandardError {
		_, err := l.out.Stderr.Write(part.data)
		return err
	}
	_, err := l.out.Write(part.data)
	return err
}

// next waits for what is to be written; there is nothing at the end.
func (l *liveOutput) next() []livePart {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.waiting) == 0 && !l.ended {
		l.changed.Wait()
	}
	parts := l.waiting
	l.waiting = nil
	return parts
}

// outputDigest stands for what a run wrote, to tell whether others wrote the same.
type outputDigest struct{ stdout, stderr hash.Hash }

func newOutputDigest() outputDigest { return outputDigest{sha256.New(), sha256.New()} }

func (d outputDigest) add(from sandbox.Stream, data []byte) {
	if from == sandbox.StandardError {
		d.stderr.Write(data)
		return
	}
	d.stdout.Write(data)
}

// sum is equal for equal outputs.
func (d outputDigest) sum() string { return string(d.stdout.Sum(nil)) + string(d.stderr.Sum(nil)) }
