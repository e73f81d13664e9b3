package top

import "github.com/gaveloj/gavel/queue/client"

// Lane is a lane in JSON, as gavel queue and gavel top print it.
type Lane struct {
	Pool      string   `json:"pool,omitempty"`
	Lane      string   `json:"lane,omitempty"`
	Subject   string   `json:"subject,omitempty"` // in place of the two, where it is of no lane
	Waiting   uint64   `json:"waiting"`
	InHand    uint64   `json:"in_hand"`
	Oldest    float64  `json:"oldest_seconds"`
	PerMinute float64  `json:"per_minute"`
	Wait      *float64 `json:"expected_wait_seconds,omitempty"` // of what is published now; left out where it is not known
	Reason    string   `json:"reason,omitempty"`                // why nobody takes anything
}

// NewLane makes one of what a lane holds.
func NewLane(l client.LaneState) Lane {
	lane := Lane{l.Pool, l.Lane, l.Subject, l.Waiting, l.InHand, l.Oldest.Seconds(), l.PerMinute, nil, l.Reason}
	if wait, known := l.Wait(l.Waiting + 1); known {
		lane.Wait = new(wait.Seconds())
	}
	return lane
}
