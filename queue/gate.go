package queue

import (
	"maps"
	"slices"
	"strings"
	"sync"
)

// Gate says whether a worker takes work. Whoever finds a reason against it closes it under a name of its own, which is one of
// metrics.PauseReasons, and opens it again when the reason is gone; what is in hand goes on. The zero value is open.
type Gate struct {
	mu      sync.Mutex
	reasons map[string]string // by name; guarded by mu
	changed chan struct{}     // closed when the gate opens or closes; guarded by mu
}

// Close keeps the worker from taking work, and says why.
func (g *Gate) Close(name, reason string) {
	g.change(func() {
		if g.reasons == nil {
			g.reasons = map[string]string{}
		}
		g.reasons[name] = reason
	})
}

// Open takes back what was closed under this name.
func (g *Gate) Open(name string) {
	g.change(func() { delete(g.reasons, name) })
}

func (g *Gate) change(do func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	before := len(g.reasons)
	do()
	if g.changed != nil && (before == 0) != (len(g.reasons) == 0) {
		close(g.changed)
		g.changed = nil
	}
}

// Names lists the names under which it is closed, in order.
func (g *Gate) Names() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Sorted(maps.Keys(g.reasons))
}

// Reason is why no work is taken, or "".
func (g *Gate) Reason() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	var all []string
	for _, reason := range g.reasons {
		all = append(all, reason)
	}
	slices.Sort(all)
	return strings.Join(all, "; ")
}

// state reports whether the gate is open, and when that ends.
func (g *Gate) state() (open bool, changed <-chan struct{}) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.changed == nil {
		g.changed = make(chan struct{})
	}
	return len(g.reasons) == 0, g.changed
}
