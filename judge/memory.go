package judge

import (
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/gaveloj/gavel/sandbox"
)

// largeOutput is how much of its output the run of a program may keep before the worker gives memory back to the host after
// it. By itself the runtime does that over some minutes, and not at all while nothing is judged.
const largeOutput = 16 * sandbox.MiB

// memoryReturn gives memory back that large outputs have taken, once for all within returnDelay: it costs a collection.
type memoryReturn struct{ pending atomic.Bool }

// returnDelay is how long after a run with a large output memory is given back. The checker has seen the output by then, and
// what has not is followed by the next one.
const returnDelay = time.Second

// after notes that a run has kept so much output.
func (m *memoryReturn) after(kept int) {
	if sandbox.Bytes(kept) < largeOutput || !m.pending.CompareAndSwap(false, true) {
		return
	}
	time.AfterFunc(returnDelay, func() {
		m.pending.Store(false)
		debug.FreeOSMemory()
	})
}
