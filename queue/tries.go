package queue

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/gaveloj/gavel/client"
	"github.com/gaveloj/gavel/message"
)

// tries is what is known of earlier deliveries of an attempt, kept in a bucket so that any worker may go on. The server
// counts deliveries; this says which of them were no try. What is lost of it costs a try too few or too many, never a
// verdict.
type tries struct {
	// Passed is how many deliveries were no try: the worker was stopping, or had a reason to leave it to another.
	Passed int `json:"passed,omitempty"`
	// Here is how many times in a row the last worker passed it on.
	Here int `json:"here,omitempty"`
	// Faults are the tries that ended in one, the last maxFaults of them.
	Faults []fault `json:"faults,omitempty"`
}

// fault is one try that went wrong through no fault of the submission.
type fault struct {
	Worker string    `json:"worker"`
	Reason string    `json:"reason"`
	Time   time.Time `json:"time"`
}

// maxFaults and maxReason bound what is kept of faults.
const (
	maxFaults = 10
	maxReason = 500
)

// loadTries reads what earlier deliveries came to.
func (d *delivery) loadTries(ctx context.Context) {
	if d.meta.NumDelivered < 2 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, settleTime)
	defer cancel()
	entry, err := d.source.bucket().Get(ctx, message.AttemptKey(d.who.ID, d.who.Attempt))
	if err == nil {
		_ = json.Unmarshal(entry.Value(), &d.tries) // what cannot be read is as good as lost
	}
}

func (d *delivery) saveTries(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, settleTime)
	defer cancel()
	data, err := json.Marshal(d.tries)
	if err == nil {
		_, err = d.source.bucket().Put(ctx, message.AttemptKey(d.who.ID, d.who.Attempt), data)
	}
	if err != nil {
		d.cfg.Log.Debug().Err(err).Str("submission", d.who.ID).Msg("tries not saved")
	}
}

// try is the number of this one, from 1.
func (d *delivery) try() int { return max(int(d.meta.NumDelivered)-d.tries.Passed, 1) }

// addFault records that this try went wrong.
func (t *tries) addFault(worker string, err error) {
	reason := strings.ToValidUTF8(err.Error(), "?")
	t.Faults = append(t.Faults, fault{worker, reason[:min(len(reason), maxReason)], time.Now().UTC()})
	t.Faults = t.Faults[max(len(t.Faults)-maxFaults, 0):]
	t.Here = 0
}

// history tells who tried and what went wrong, the last first.
func (t *tries) history() string {
	var b strings.Builder
	for i := len(t.Faults) - 1; i >= 0; i-- {
		fmt.Fprintf(&b, "; worker %s: %s", t.Faults[i].Worker, t.Faults[i].Reason)
	}
	return b.String()
}

// passOn leaves the submission to another worker, after a while.
func (d *delivery) passOn(ctx context.Context, after time.Duration) {
	d.tries.Passed++
	d.tries.Here++
	d.saveTries(ctx)
	d.cfg.Metrics.PassedOn()
	_ = d.msg.NakWithDelay(after) // a lost nak costs only the ack wait
}

// passesHere is how often a worker passes a submission on that it should rather not judge again, before it does.
const passesHere = 4

// prefersAnother tells that another worker should try: the last try went wrong here, and there are others.
func (d *delivery) prefersAnother() bool {
	n := len(d.tries.Faults)
	return n > 0 && d.tries.Faults[n-1].Worker == d.cfg.Name && d.tries.Here < passesHere && d.cfg.Peers.Others() == client.Now
}
