package queue

import (
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/queue/message"
)

// hands are the submissions that a worker has in hand.
type hands struct {
	mu  sync.Mutex
	all []*hand // guarded by mu, in the order in which they were taken
}

// hand is one of them.
type hand struct {
	in *hands
	of message.InHand // Test and Tests are guarded by in.mu
}

// take notes a submission until put is called.
func (h *hands) take(a *attempt) *hand {
	_, lane, _, _ := message.ParseSubmissionSubject(a.subject) // "" of one that no lane has
	one := &hand{in: h, of: message.InHand{
		Submission: a.who.ID, Attempt: a.who.Attempt, Try: a.deliveries, Lane: lane,
		Problem: a.submission.Problem, Language: a.submission.Language, Since: a.received,
	}}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.all = append(h.all, one)
	return one
}

// put says that it is in hand no more.
func (h *hand) put() {
	h.in.mu.Lock()
	defer h.in.mu.Unlock()
	h.in.all = slices.DeleteFunc(h.in.all, func(other *hand) bool { return other == h })
}

// note takes over from an event how far it is.
func (h *hand) note(e api.Event) {
	if e.Tests == 0 {
		return
	}
	h.in.mu.Lock()
	defer h.in.mu.Unlock()
	h.of.Test, h.of.Tests = e.Test, e.Tests
}

// list copies what is in hand, the oldest first.
func (h *hands) list() []message.InHand {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := []message.InHand{} // [] in JSON, not null
	for _, one := range h.all {
		in := one.of
		in.Since = in.Since.Round(time.Millisecond).UTC()
		all = append(all, in)
	}
	return all
}

// InHand are the submissions that the worker judges now, the oldest first.
func (w *Worker) InHand() []message.InHand { return w.hands.list() }

// tellInHand answers who asks what the workers judge, until stop is called.
func (w *Worker) tellInHand() (stop func(), err error) {
	sub, err := w.conn.NATS().Subscribe(message.InHandSubject, func(request *nats.Msg) {
		answer, err := json.Marshal(message.Hands{
			Version: api.Version, Worker: w.cfg.Name, Pool: w.cfg.Pool, At: time.Now().Round(time.Millisecond).UTC(), InHand: w.InHand(),
		})
		if err == nil {
			err = request.Respond(answer)
		}
		if err != nil {
			w.cfg.Log.Debug().Err(err).Msg("not told what is in hand")
		}
	})
	if err != nil {
		return nil, fmt.Errorf("listen to %s: %w", message.InHandSubject, err)
	}
	return func() { _ = sub.Unsubscribe() }, nil // when the connection is lost, the subscription is as well
}
