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

// Need is what a submission needs of a worker. "" stands for any, but for the pool.
type Need struct {
	Pool, Lane, Language string // Language is an ID or an alias
}

// ReachOf tells whether one of the workers meets the need.
func ReachOf(workers []Worker, need Need) Reach {
	reach := Nobody
	for _, w := range workers {
		reach = max(reach, w.reach(need))
	}
	return reach
}

func (w *Worker) reach(need Need) Reach {
	starting := w.Live() && w.State == message.WorkerStarting // what it will offer is not known yet
	knows := need.Language == "" || w.Offers(need.Language) || starting
	switch {
	case w.Pool != need.Pool || !knows || need.Lane != "" && !w.Serves(need.Lane):
		return Nobody
	case w.Live() && w.State == message.WorkerReady:
		return Now
	case w.Live() || w.Age <= w.LostAfter()+comesBack:
		return Later
	}
	return Nobody
}
