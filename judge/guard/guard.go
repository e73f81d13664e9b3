// Package guard turns panics into errors, so that what one submission brings about never ends the worker and with it all
// others. Every goroutine of the judge runs its body through Call: recover works in the goroutine that panics only.
package guard

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// PanicError is a panic that Call recovered. It is a fault: it is no outcome of a submission and no refusal.
type PanicError struct {
	// Value is what was passed to panic. It may hold what a contestant wrote: do not log it.
	Value any
	// Stack is that of the goroutine when it panicked.
	Stack []byte
}

// Error names the panic, but repeats only errors of the runtime: other values may hold what a contestant wrote.
func (e *PanicError) Error() string {
	if err, ok := e.Value.(runtime.Error); ok {
		return "panic: " + err.Error()
	}
	return fmt.Sprintf("panic with a %T", e.Value)
}

// Call calls f and returns its error, or a *PanicError when it panics.
func Call(f func() error) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = &PanicError{Value: value, Stack: debug.Stack()}
		}
	}()
	return f()
}
