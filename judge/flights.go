package judge

import (
	"context"
	"errors"
	"sync"
)

// flights let those who ask for one key at the same time share one piece of work, which goes on as long as one of them
// waits. The zero value is usable.
type flights[T any] struct {
	// letGo gives back what a flight brought, be it the zero value, when the last of those who waited has left. Set
	// before use; may be nil.
	letGo func(T)

	running sync.WaitGroup
	mu      sync.Mutex
	flights map[string]*flight[T] // guarded by mu
}

// flight is the work for one key.
type flight[T any] struct {
	done   chan struct{}
	cancel context.CancelCauseFunc
	// Set before done is closed.
	result T
	err    error
	// Guarded by flights.mu.
	waiters int
	landed  bool // the result is there, and nobody has given it back
}

// errAbandoned ends a flight that nobody waits for.
var errAbandoned = errors.New("nobody waits for this any more")

// join returns what work brings for key, and leave, which the caller calls once it has made the result its own: until
// then it is not let go. With an error there is nothing to leave.
func (f *flights[T]) join(ctx context.Context, key string, work func(context.Context) (T, error)) (result T, leave func(), err error) {
	one := f.board(ctx, key, work)
	select {
	case <-one.done:
	case <-ctx.Done():
		if f.leave(key, one) {
			<-one.done // the last one turns off the light
		}
		return result, nil, context.Cause(ctx)
	}
	if one.err != nil {
		f.leave(key, one)
		return result, nil, one.err
	}
	return one.result, func() { f.leave(key, one) }, nil
}

// board finds the flight for key, or starts it.
func (f *flights[T]) board(ctx context.Context, key string, work func(context.Context) (T, error)) *flight[T] {
	f.mu.Lock()
	defer f.mu.Unlock()
	if one, ok := f.flights[key]; ok {
		one.waiters++
		return one
	}
	// The flight outlives the request that started it when others wait too.
	flightCtx, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	one := &flight[T]{done: make(chan struct{}), cancel: cancel, waiters: 1}
	if f.flights == nil {
		f.flights = map[string]*flight[T]{}
	}
	f.flights[key] = one
	f.running.Go(func() {
		defer close(one.done)
		defer cancel(nil)
		one.result, one.err = work(flightCtx)
		f.land(key, one)
	})
	return one
}

// leave takes one waiter off, and ends the flight when it was the last; then it returns true.
func (f *flights[T]) leave(key string, one *flight[T]) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	one.waiters--
	if one.waiters > 0 {
		return false
	}
	f.drop(key, one)
	one.cancel(errAbandoned)
	f.giveBack(one)
	return true
}

// land ends the flight: who comes later starts another.
func (f *flights[T]) land(key string, one *flight[T]) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.drop(key, one)
	one.landed = true
	if one.waiters == 0 {
		f.giveBack(one)
	}
}

// drop takes the flight off the map. f.mu is held.
func (f *flights[T]) drop(key string, one *flight[T]) {
	if f.flights[key] == one {
		delete(f.flights, key)
	}
}

// giveBack lets the result go. f.mu is held.
func (f *flights[T]) giveBack(one *flight[T]) {
	if one.landed && f.letGo != nil {
		f.letGo(one.result)
	}
	one.landed = false
}

// wait waits for flights that nobody waits for any more.
func (f *flights[T]) wait() { f.running.Wait() }
