package lanes

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/gaveloj/gavel/queue/message"
)

// DefaultWeights are the shares of the lanes in the time of the slots while all of them have work: contest 16, practice
// 4, rejudge 1.
func DefaultWeights() map[string]int {
	return map[string]int{message.LaneContest: 16, message.LanePractice: 4, message.LaneRejudge: 1}
}

// CheckWeights refuses weights by which a worker would take nothing.
func CheckWeights(weights map[string]int) error {
	some := false
	for _, lane := range slices.Sorted(maps.Keys(weights)) {
		if err := message.CheckLane(lane); err != nil {
			return err
		}
		if w := weights[lane]; w < 0 || w > maxWeight {
			return fmt.Errorf("weight of lane %s: got %d, want 0 to %d", lane, w, maxWeight)
		}
		some = some || weights[lane] > 0
	}
	if !some {
		return fmt.Errorf("no lane has a weight above 0: this worker would take nothing")
	}
	return nil
}

const maxWeight = 1000

// Lanes decides which lane a free slot looks into next, so that lanes with work share the time of the slots by their
// weights: the one that got least for its weight so far is first. A lane that had nothing to do saves nothing up.
//
// Time is charged when it is over; for what is in hand, the lane's average stands in.
type Lanes struct {
	mu  sync.Mutex
	all []*Lane // those with a weight above 0, the most urgent first; guarded by mu
}

// Lane is one of them; all but its name is guarded by Lanes.mu.
type Lane struct {
	Name   string
	weight float64
	// used is the time that the lane has got, divided by its weight.
	used float64
	// average is how long a submission of the lane takes: a moving average in seconds.
	average float64
	// done is how often a submission of the lane was done with.
	done tempo
	// empty reports that the last probe found nothing, and notices counts the notifications since.
	empty   bool
	notices int
}

// New makes lanes with these weights; those of weight 0 are left out.
func New(weights map[string]int) *Lanes {
	l := &Lanes{}
	l.SetWeights(weights)
	for _, one := range l.all {
		one.empty = false // nobody knows; nothing has been used
	}
	return l
}

// SetWeights makes these the lanes. One that there is keeps what is known of it, and what it has got counts as it did. One that
// is new begins as an empty one does that is notified of work: level with the others.
func (l *Lanes) SetWeights(weights map[string]int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	before := l.all
	l.all = nil
	for _, name := range message.Lanes() {
		w := float64(weights[name])
		if w <= 0 {
			continue
		}
		i := slices.IndexFunc(before, func(one *Lane) bool { return one.Name == name })
		one := &Lane{Name: name, average: 1, done: tempo{since: time.Now()}, empty: true}
		if i >= 0 {
			one = before[i]
		}
		one.weight = w
		l.all = append(l.all, one)
	}
}

// Probe is one look into a lane. It ends with FoundNothing or FoundWork.
type Probe struct {
	lanes   *Lanes
	Lane    *Lane
	notices int
}

// Order lists the probes that are worth it, the lane most in arrears first: of every lane with all, else of those
// lanes that are not known to be empty.
func (l *Lanes) Order(all bool) []Probe {
	l.mu.Lock()
	defer l.mu.Unlock()
	var looks []Probe
	for _, one := range l.all {
		if all || !one.empty {
			looks = append(looks, Probe{lanes: l, Lane: one, notices: one.notices})
		}
	}
	slices.SortStableFunc(looks, func(a, b Probe) int { return cmp.Compare(a.Lane.used, b.Lane.used) })
	return looks
}

// Notify marks a lane (or all, for "") as possibly non-empty.
func (l *Lanes) Notify(name string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, one := range l.all {
		if name == "" || one.Name == name {
			one.notices++
			l.markFilled(one)
		}
	}
}

// markFilled makes a lane one that has work. What it did not use before is not saved up: it starts level with the one most in
// arrears.
func (l *Lanes) markFilled(one *Lane) {
	if !one.empty {
		return
	}
	least, found := 0.0, false
	for _, other := range l.all {
		if !other.empty && (!found || other.used < least) {
			least, found = other.used, true
		}
	}
	one.used = max(one.used, least)
	one.empty = false
}

// FoundNothing marks the lane as empty, unless it was notified during the probe.
func (k Probe) FoundNothing() {
	k.lanes.mu.Lock()
	defer k.lanes.mu.Unlock()
	if k.Lane.notices == k.notices {
		k.Lane.empty = true
	}
}

// FoundWork charges a submission that was found to its lane. The function it returns is called when its time is over.
func (k Probe) FoundWork() (over func(took time.Duration)) {
	l, one := k.lanes, k.Lane
	l.mu.Lock()
	defer l.mu.Unlock()
	l.markFilled(one)
	charged := one.average / one.weight // of now: it may have another one when the time is over
	one.used += charged
	return func(took time.Duration) {
		l.mu.Lock()
		defer l.mu.Unlock()
		one.used += took.Seconds()/one.weight - charged
		if one.done.count == 0 {
			one.average = took.Seconds() // there was no more than a guess
		}
		one.average += (took.Seconds() - one.average) / 8
		one.done.add(time.Now())
	}
}

// Load is what the lanes do, for the registry.
func (l *Lanes) Load() []message.Lane {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := []message.Lane{}
	for _, one := range l.all {
		entry := message.Lane{Name: one.Name, Weight: int(one.weight)}
		if one.done.count > 0 {
			entry.PerMinute, entry.AverageSeconds = rounded(one.done.perMinute(time.Now())), rounded(one.average)
		}
		all = append(all, entry)
	}
	return all
}

// rounded is a figure for people, with three digits behind the point.
func rounded(x float64) float64 { return math.Round(x*1000) / 1000 }
