package top

import (
	"cmp"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/queue/message"
)

// picture is what is shown of one moment. The names are a contract with scripts; schema: configs/schemas/top.json.
type picture struct {
	At       time.Time     `json:"at"`
	Workers  []workerPart  `json:"workers"`
	Lanes    []Lane        `json:"lanes"`
	InHand   []handPart    `json:"in_hand"`  // the one that takes longest first
	Verdicts []verdictPart `json:"verdicts"` // that came since the command began, the newest first
	// PerMinute is how many verdicts came in the last minute, or since the command began; WaitMedian and WaitMost how long
	// those in Verdicts waited for a slot.
	PerMinute  float64 `json:"verdicts_per_minute"`
	WaitMedian float64 `json:"wait_median_seconds"`
	WaitMost   float64 `json:"wait_most_seconds"`
}

type workerPart struct {
	Name   string  `json:"name"`
	Pool   string  `json:"pool"`
	Host   string  `json:"host"`
	State  string  `json:"state"` // as in the registry, or lost
	Reason string  `json:"reason,omitempty"`
	Slots  int     `json:"slots"`
	Busy   int     `json:"busy"`
	Age    float64 `json:"age_seconds"` // since its last update
}

type handPart struct {
	Worker string `json:"worker"` // as Pool and Problem empty where only events tell of it
	Pool   string `json:"pool"`
	message.InHand
	Elapsed float64 `json:"elapsed_seconds"`
}

type verdictPart struct {
	Submission string       `json:"submission_id"`
	Attempt    int          `json:"attempt"`
	Problem    string       `json:"problem"`
	Language   string       `json:"language"`
	Verdict    verdict.Code `json:"verdict"`
	Worker     string       `json:"worker"`
	Total      float64      `json:"total_seconds"`
	wait       float64
}

// stateLost is the state of a worker that has said nothing for three intervals; the registry has none for it.
const stateLost = "lost"

// keptVerdicts is how many are shown.
const keptVerdicts = 20

// model is what is known: what was asked for last, and what came since.
type model struct {
	begun time.Time

	mu       sync.Mutex      // listeners and the screen come from different goroutines
	workers  []client.Worker // guarded by mu, as all that follows but now
	hands    []message.Hands
	asked    time.Time           // when the last of these came
	lanes    []client.LaneState  //
	progress map[string]progress // by the AttemptKey
	ended    map[string]bool     // attempts that got a verdict since the workers were asked, by their AttemptKey
	verdicts []verdictPart       // the newest first
	arrivals []time.Time         // of verdicts of the last minute
	now      func() time.Time    // for tests
}

// progress is how far an attempt is, by its newest event.
type progress struct {
	event       api.Event
	first, last time.Time // of the events that were seen
}

// forgetAfter is how long an attempt is shown of which no worker tells, and no event any more: its worker has died.
const forgetAfter = time.Minute

func newModel(now func() time.Time) *model {
	return &model{begun: now(), now: now, progress: map[string]progress{}, ended: map[string]bool{}}
}

// take takes over what was asked for.
func (m *model) take(workers []client.Worker, lanes []client.LaneState, hands []message.Hands) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.workers, m.lanes, m.hands, m.asked = workers, lanes, hands, m.now()
	// A verdict that came before the answers of the workers may be newer than some of them; what none of them has is forgotten.
	inHand := map[string]bool{}
	for _, of := range hands {
		for _, h := range of.InHand {
			inHand[api.AttemptKey(h.Submission, h.Attempt)] = true
		}
	}
	maps.DeleteFunc(m.ended, func(key string, _ bool) bool { return !inHand[key] })
	for key, one := range m.progress {
		if !inHand[key] && m.now().Sub(one.last) > forgetAfter {
			delete(m.progress, key)
		}
	}
}

// event takes over how far a submission is.
func (m *model) event(e api.Event) {
	m.mu.Lock()
	defer m.mu.Unlock()
	key, now := api.AttemptKey(e.Submission, e.Attempt), m.now()
	if e.Stage == api.StageDone || e.Stage == api.StageWaiting {
		return // of the first a verdict tells, and the second is in nobody's hands
	}
	one, known := m.progress[key]
	if !known {
		one.first = now
	}
	one.event, one.last = e, now
	m.progress[key] = one
}

// verdict takes over a verdict.
func (m *model) verdict(r api.Report) {
	m.mu.Lock()
	defer m.mu.Unlock()
	key := api.AttemptKey(r.Submission, r.Attempt)
	delete(m.progress, key)
	m.ended[key] = true
	part := verdictPart{
		r.Submission, r.Attempt, r.Problem, r.Language, r.Verdict, r.Worker, seconds(r.Phases.TotalUsec), seconds(r.Phases.QueueWaitUsec),
	}
	m.verdicts = slices.Insert(m.verdicts, 0, part)
	m.verdicts = m.verdicts[:min(len(m.verdicts), keptVerdicts)]
	now := m.now()
	m.arrivals = append(slices.DeleteFunc(m.arrivals, func(at time.Time) bool { return now.Sub(at) > time.Minute }), now)
}

func seconds(usec int64) float64 { return (time.Duration(usec) * time.Microsecond).Seconds() }

// show makes the picture of now.
func (m *model) show() picture {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	p := picture{At: now.UTC(), Workers: []workerPart{}, Lanes: []Lane{}, InHand: []handPart{}, Verdicts: slices.Clone(m.verdicts)}
	for _, w := range m.workers {
		state := string(w.State)
		if w.Lost {
			state = stateLost
		}
		p.Workers = append(p.Workers, workerPart{w.Name, w.Pool, w.Host, state, w.Reason, w.Slots, w.Busy, w.Age.Seconds()})
	}
	for _, of := range m.hands {
		p.InHand = append(p.InHand, m.inHand(of, now)...)
	}
	p.InHand = append(p.InHand, m.inUnknownHands(p.InHand, now)...)
	slices.SortFunc(p.InHand, func(a, b handPart) int {
		return cmp.Or(cmp.Compare(b.Elapsed, a.Elapsed), cmp.Compare(a.Submission, b.Submission), cmp.Compare(a.Attempt, b.Attempt))
	})
	for _, l := range m.lanes {
		p.Lanes = append(p.Lanes, NewLane(l))
	}
	m.rates(&p, now)
	return p
}

// inHand is what a worker has in hand. Its clock may be another one.
func (m *model) inHand(of message.Hands, now time.Time) []handPart {
	var all []handPart
	for _, h := range of.InHand {
		key := api.AttemptKey(h.Submission, h.Attempt)
		if m.ended[key] {
			continue
		}
		if e := m.progress[key].event; e.Tests > 0 {
			h.Test, h.Tests = e.Test, e.Tests
		}
		all = append(all, handPart{of.Worker, of.Pool, h, (of.At.Sub(h.Since) + now.Sub(m.asked)).Seconds()})
	}
	return all
}

// inUnknownHands are those of which events tell, and no worker yet.
func (m *model) inUnknownHands(known []handPart, now time.Time) []handPart {
	var all []handPart
	for _, one := range m.progress {
		e := one.event
		if slices.ContainsFunc(known, func(h handPart) bool { return h.Submission == e.Submission && h.Attempt == e.Attempt }) {
			continue
		}
		h := message.InHand{Submission: e.Submission, Attempt: e.Attempt, Try: 1, Test: e.Test, Tests: e.Tests, Since: one.first.UTC()}
		all = append(all, handPart{InHand: h, Elapsed: now.Sub(one.first).Seconds()})
	}
	return all
}

func (m *model) rates(p *picture, now time.Time) {
	recent := 0
	for _, at := range m.arrivals {
		if now.Sub(at) <= time.Minute {
			recent++
		}
	}
	if over := min(now.Sub(m.begun), time.Minute); over > 0 {
		p.PerMinute = float64(recent) / over.Minutes()
	}
	if len(m.verdicts) == 0 {
		p.Verdicts = []verdictPart{}
		return
	}
	var waits []float64
	for _, v := range m.verdicts {
		waits = append(waits, v.wait)
	}
	slices.Sort(waits)
	p.WaitMedian, p.WaitMost = waits[len(waits)/2], waits[len(waits)-1]
}
