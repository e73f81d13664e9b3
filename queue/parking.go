package queue

import (
	"slices"
	"sync"
	"time"
)

// parking holds the run requests that wait for a slot, the oldest first. They come after every submission: a slot takes one
// when it has looked for submissions and found none.
type parking struct {
	mu      sync.Mutex
	waiting []*parked // guarded by mu
	bytes   int       // of all that wait; guarded by mu
	most    int       // requests at one time
}

// parkedBytes is how much the requests that wait may hold together.
const parkedBytes = 64 << 20

// parkedPerSlot is how many requests wait for each slot at most. The server gives requests to workers by chance, so those that
// send enough to keep all workers busy send some of them many more than one for each slot.
const parkedPerSlot = 32

// parked is a request that waits.
type parked struct {
	runMessage
	timer *time.Timer // ends its time; set by add
	start func(giveBack func())
}

// add takes a request in, unless there are as many as may be. It is over after a time, when expire is called.
func (p *parking) add(one *parked, wait time.Duration, expire func()) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.waiting) >= p.most || p.bytes+len(one.data) > parkedBytes {
		return false
	}
	p.waiting = append(p.waiting, one)
	p.bytes += len(one.data)
	one.timer = time.AfterFunc(wait, func() {
		if p.remove(one) {
			expire()
		}
	})
	return true
}

// remove reports whether the request still waited.
func (p *parking) remove(one *parked) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	i := slices.Index(p.waiting, one)
	if i < 0 {
		return false
	}
	p.take(i)
	return true
}

// take removes a request. The caller holds mu.
func (p *parking) take(i int) *parked {
	one := p.waiting[i]
	p.waiting = slices.Delete(p.waiting, i, i+1)
	p.bytes -= len(one.data)
	one.timer.Stop()
	return one
}

// next removes the oldest; nil if there is none.
func (p *parking) next() *parked {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.waiting) == 0 {
		return nil
	}
	return p.take(0)
}

// removeAll removes those that wait now. What comes later is not among them.
func (p *parking) removeAll() (all []*parked) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.waiting) > 0 {
		all = append(all, p.take(0))
	}
	return all
}

func (p *parking) len() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.waiting)
}

// callers are the subjects on which callers of waiting requests answer.
func (p *parking) callers() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var all []string
	for _, one := range p.waiting {
		if one.caller != "" && !slices.Contains(all, one.caller) {
			all = append(all, one.caller)
		}
	}
	return all
}

// removeOf removes the requests of a caller.
func (p *parking) removeOf(caller string) (gone []*parked) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := len(p.waiting) - 1; i >= 0; i-- {
		if p.waiting[i].caller == caller {
			gone = append(gone, p.take(i))
		}
	}
	return gone
}

// tokens are the names of requests that are in hand. The zero value has none.
type tokens struct {
	mu  sync.Mutex
	all map[string]int // how often; guarded by mu
}

func (t *tokens) add(token string) {
	if token == "" {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.all == nil {
		t.all = map[string]int{}
	}
	t.all[token]++
}

func (t *tokens) remove(token string) {
	if token == "" {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.all[token]--; t.all[token] <= 0 {
		delete(t.all, token)
	}
}

func (t *tokens) list() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	list := make([]string, 0, len(t.all))
	for token := range t.all {
		list = append(list, token)
	}
	slices.Sort(list)
	return list
}
