package client

import (
	"cmp"
	"fmt"
	"time"

	"github.com/gaveloj/gavel/queue/message"
)

// Availability reports whether workers can judge something.
type Availability int

// Unavailable: no worker can, and none is known that will. Expected: one can that takes nothing just now, or has been
// there shortly before and may come back. Available: one takes it.
const (
	Unavailable Availability = iota
	Expected
	Available
)

func (r Availability) String() string {
	switch r {
	case Unavailable:
		return "nobody"
	case Expected:
		return "later"
	case Available:
		return "now"
	}
	return "unknown"
}

// returnTime is how long a worker that was lost or has stopped is expected back: time enough to restart it, or its host.
const returnTime = 3 * time.Minute

// Requirement is what a submission needs of a worker. "" stands for any, but for the pool.
type Requirement struct {
	Pool, Lane, Language string // Language is an ID or an alias
}

// AvailabilityOf reports whether one of the workers meets the need.
func AvailabilityOf(workers []Worker, need Requirement) Availability {
	reach := Unavailable
	for _, w := range workers {
		reach = max(reach, w.availability(need))
	}
	return reach
}

func (w *Worker) availability(need Requirement) Availability {
	starting := w.Live() && w.State == message.WorkerStarting // what it will offer is not known yet
	knows := need.Language == "" || w.Offers(need.Language) || starting
	switch {
	case w.Pool != need.Pool || !knows || need.Lane != "" && !w.Serves(need.Lane):
		return Unavailable
	case w.Live() && w.State == message.WorkerReady:
		return Available
	case w.Live() || w.Age <= w.LostAfter()+returnTime:
		return Expected
	}
	return Unavailable
}

// PausedReason returns why every live worker that meets the requirement takes nothing now: all of them are paused. It is ""
// where one takes submissions, or is starting, and where there is none.
func PausedReason(workers []Worker, need Requirement) string {
	reason := ""
	for _, w := range workers {
		switch {
		case !w.Live() || w.availability(need) == Unavailable:
		case w.State != message.WorkerPaused:
			return ""
		case reason == "":
			reason = fmt.Sprintf("worker %s is paused: %s", w.Name, cmp.Or(w.Reason, "it does not say why"))
		}
	}
	return reason
}
