package diskcache

import (
	"context"
	"errors"
	"sync"

	"github.com/gaveloj/gavel/judge/guard"
)

// CallGroup shares one call of a function among those who ask for the same key at the same time. The call goes on as
// long as one of them waits for it. The zero value is usable.
type CallGroup[T any] struct {
	// Release gives back the result of a call, or the zero value after an error, when the last of those who waited for it
	// has left. Set before use; may be nil.
	Release func(T)

	active sync.WaitGroup
	mu     sync.Mutex
	calls  map[string]*call[T] // guarded by mu
}

// call is the running or finished call for one key.
type call[T any] struct {
	done   chan struct{}
	cancel context.CancelCauseFunc
	// Set before done is closed.
	result T
	err    error
	// Guarded by CallGroup.mu.
	waiters  int
	finished bool // the result is set, and not yet released
}

// errAbandoned cancels a call that nobody waits for.
var errAbandoned = errors.New("nobody waits for this any more")

// Join returns the result of work for key, and leave, which the caller calls once it has taken the result over: until
// then the result is not released. With an error there is nothing to leave. A panic of work is an error of all who wait.
func (g *CallGroup[T]) Join(ctx context.Context, key string, work func(context.Context) (T, error)) (result T, leave func(), err error) {
	c := g.join(ctx, key, work)
	select {
	case <-c.done:
	case <-ctx.Done():
		if g.leave(key, c) {
			<-c.done // wait for the canceled call to return
		}
		return result, nil, context.Cause(ctx)
	}
	if c.err != nil {
		g.leave(key, c)
		return result, nil, c.err
	}
	return c.result, func() { g.leave(key, c) }, nil
}

// join returns the call for key, with one waiter more, and starts it when there is none.
func (g *CallGroup[T]) join(ctx context.Context, key string, work func(context.Context) (T, error)) *call[T] {
	g.mu.Lock()
	defer g.mu.Unlock()
	if c, ok := g.calls[key]; ok {
		c.waiters++
		return c
	}
	// The call outlives the request that started it when others wait too.
	callCtx, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	c := &call[T]{done: make(chan struct{}), cancel: cancel, waiters: 1}
	if g.calls == nil {
		g.calls = map[string]*call[T]{}
	}
	g.calls[key] = c
	g.active.Go(func() {
		defer close(c.done)
		defer cancel(nil)
		c.err = guard.Call(func() (err error) {
			c.result, err = work(callCtx)
			return err
		})
		g.finish(key, c)
	})
	return c
}

// leave takes one waiter off c. When it was the last, leave cancels the call and returns true.
func (g *CallGroup[T]) leave(key string, c *call[T]) bool {
	g.mu.Lock()
	c.waiters--
	last := c.waiters == 0
	if last {
		g.drop(key, c)
		c.cancel(errAbandoned)
	}
	release := last && c.takeResult()
	g.mu.Unlock()
	if release {
		g.release(c)
	}
	return last
}

// finish marks the call as finished: the next Join with its key starts another.
func (g *CallGroup[T]) finish(key string, c *call[T]) {
	g.mu.Lock()
	g.drop(key, c)
	c.finished = true
	release := c.waiters == 0 && c.takeResult()
	g.mu.Unlock()
	if release {
		g.release(c)
	}
}

// drop takes c off the map. g.mu is held.
func (g *CallGroup[T]) drop(key string, c *call[T]) {
	if g.calls[key] == c {
		delete(g.calls, key)
	}
}

// takeResult reports whether there is a result to be released, once. CallGroup.mu is held.
func (c *call[T]) takeResult() bool {
	taken := c.finished
	c.finished = false
	return taken
}

// release releases the result of a call. It may take long, and g.mu is not held.
func (g *CallGroup[T]) release(c *call[T]) {
	if g.Release != nil {
		g.Release(c.result)
	}
}

// Wait waits for calls that nobody waits for any more.
func (g *CallGroup[T]) Wait() { g.active.Wait() }
