package client

import (
	"time"

	"github.com/gaveloj/gavel/message"
)

// Reach tells whether workers can judge something.
type Reach int

// Nobody: no worker can, and none is known that will. Later: one can that takes nothing just now, or has been there
// shortly before and may come back. Now: one takes it.
const (
	Nobody Reach = iota
	Later
	Now
)

func (r Reach) String() string {
	switch r {
	case Nobody:
		return "nobody"
	case Later:
		return "later"
	case Now:
		return "now"
	}
	return "unknown"
}

// comesBack is how long a worker that was lost or has stopped is expected back: time enough to restart it, or its host.
const comesBack = 3 * time.Minute

// ReachOf tells whether one of the workers judges a language, by ID or alias, for a pool; "" stands for any language.
func ReachOf(workers []Worker, pool, language string) Reach {
	reach := Nobody
	for _, w := range workers {
		if w.Pool == pool {
			reach = max(reach, w.reach(language))
		}
	}
	return reach
}

func (w *Worker) reach(language string) Reach {
	knows := language == "" || w.Offers(language)
	switch {
	case w.Live() && w.State == message.WorkerStarting:
		return Later // what it will offer is not known yet
	case !knows:
		return Nobody
	case w.Live() && w.State == message.WorkerReady:
		return Now
	case w.Live() || w.Age <= w.LostAfter()+comesBack:
		return Later
	}
	return Nobody
}
