package faulttest

import "sync"

// feed lets submissions go as faults come, so that each fault finds some waiting.
type feed struct {
	to     *publishers
	total  int // submissions of the run
	faults int // faults of the run

	mu             sync.Mutex
	begun, ordered int // guarded by mu
}

// share lets the part of one fault go. A quarter of all is kept for more.
func (f *feed) share() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.begun++
	f.upTo(f.total * 3 / 4 * f.begun / f.faults)
}

// more lets one go, for a fault that takes effect only when there is work.
func (f *feed) more() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.upTo(min(f.ordered+1, f.total))
}

// rest lets go what is left.
func (f *feed) rest() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.upTo(f.total)
}

// upTo is called with mu held.
func (f *feed) upTo(n int) {
	for ; f.ordered < n; f.ordered++ {
		f.to.orders <- f.ordered // has room for all
	}
}
