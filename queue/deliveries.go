package queue

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/queue/message"
)

// deliveryHistory is what is known of earlier deliveries of an attempt, kept in a bucket so that any worker may go on. The server
// counts deliveries; this says which of them were no try. What is lost of it costs a try too few or too many, never a
// verdict.
type deliveryHistory struct{ message.Tries }

// maxFaults and maxReason bound what is kept of faults.
const (
	maxFaults = 10
	maxReason = 500
)

// loadHistory reads what earlier deliveries came to.
func (d *delivery) loadHistory(ctx context.Context) {
	if d.deliveries < 2 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, completeTimeout)
	defer cancel()
	entry, err := d.w.source.historyBucket().Get(ctx, api.AttemptKey(d.who.ID, d.who.Attempt))
	if err == nil {
		_ = json.Unmarshal(entry.Value(), &d.history) // what cannot be read is as good as lost
	}
	d.history.Faulted = max(d.history.Faulted, len(d.history.Faults)) // earlier versions kept the list alone
}

func (d *delivery) saveHistory(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, completeTimeout)
	defer cancel()
	data, err := json.Marshal(d.history)
	if err == nil {
		_, err = d.w.source.historyBucket().Put(ctx, api.AttemptKey(d.who.ID, d.who.Attempt), data)
	}
	if err != nil {
		d.w.cfg.Log.Debug().Err(err).Str("submission", d.who.ID).Msg("tries not saved")
	}
}

// tryNumber is the number of this one, from 1. A death after the first counts as two tries, and where the history was lost,
// each delivery as one.
func (d *delivery) tryNumber() int {
	deaths := d.deaths()
	return max(1+d.history.Faulted+deaths+max(deaths-1, 0), d.deliveries-d.history.Passed)
}

// deathsTogether is the number of deaths from which on a submission is judged alone. With five tries it takes one more worker
// then: a death costs more than other faults, since it may take other submissions along.
const deathsTogether = 2

// deaths is how many workers died, or lost their host or the server for good, while they had the submission in hand, as
// far as it is known before this try begins. Deliveries that nobody judged and nobody recorded count as one death at most: a
// message may go back to the server on its way to a worker.
func (d *delivery) deaths() int {
	h := d.history
	unrecorded := d.deliveries - 1 - h.Passed - h.Faulted - h.Begun
	return h.Begun + min(max(unrecorded, 0), 1)
}

// begin records that a try begins, before anything of the submission runs. Where that cannot be stored, a death may count as
// none.
func (d *delivery) begin(ctx context.Context) {
	if d.deliveries > 1 {
		d.begun = true
		d.history.Begun++
		d.saveHistory(ctx)
	}
}

// ended takes back what begin recorded. The caller saves the history.
func (d *delivery) ended() {
	if d.begun {
		d.begun = false
		d.history.Begun--
	}
}

// addFault records that this try went wrong.
func (t *deliveryHistory) addFault(worker string, err error) {
	reason := strings.ToValidUTF8(err.Error(), "?")
	t.Faulted++
	t.Faults = append(t.Faults, message.Fault{Worker: worker, Reason: reason[:min(len(reason), maxReason)], Time: time.Now().UTC()})
	t.Faults = t.Faults[max(len(t.Faults)-maxFaults, 0):]
	t.PassedHere = 0
}

// describe says who tried and what went wrong, the last first.
func (t *deliveryHistory) describe() string {
	var b strings.Builder
	for i := len(t.Faults) - 1; i >= 0; i-- {
		fmt.Fprintf(&b, "; worker %s: %s", t.Faults[i].Worker, t.Faults[i].Reason)
	}
	return b.String()
}

// passOn leaves the submission to another worker, after a while.
func (d *delivery) passOn(ctx context.Context, after time.Duration) {
	d.ended()
	d.history.Passed++
	d.history.PassedHere++
	d.saveHistory(ctx)
	d.w.cfg.Metrics.PassedOn()
	_ = d.msg.NakWithDelay(after) // a lost nak costs only the ack wait
}

// passesHere is how often a worker passes a submission on that it should rather not judge again, before it does.
const passesHere = 4

// prefersAnother reports whether another worker should try: the last try went wrong here, and there are others.
func (d *delivery) prefersAnother() bool {
	n := len(d.history.Faults)
	return n > 0 && d.history.Faults[n-1].Worker == d.w.cfg.Name && d.history.PassedHere < passesHere && d.w.cfg.Peers.Others() == client.Available
}
