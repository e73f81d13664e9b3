package metrics

import (
	"sync"
	"time"
)

// inHand remembers since when each slot has had something in hand. The zero value is ready to use.
type inHand struct {
	mu    sync.Mutex
	next  uint64               // the key of the next entry; guarded by mu
	since map[uint64]time.Time // guarded by mu
}

// add notes something that is in hand until done is called, once.
func (h *inHand) add() (done func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.since == nil {
		h.since = map[uint64]time.Time{}
	}
	key := h.next
	h.next++
	h.since[key] = time.Now()
	return func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.since, key)
	}
}

// count is how many there are.
func (h *inHand) count() float64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return float64(len(h.since))
}

// oldest is how many seconds the oldest of them has been in hand; 0 where there is none.
func (h *inHand) oldest() float64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	var longest time.Duration
	for _, since := range h.since {
		longest = max(longest, time.Since(since))
	}
	return longest.Seconds()
}
