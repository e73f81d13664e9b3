package queue

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

// checkWeights refuses weights by which a worker would take nothing.
func checkWeights(weights map[string]int) error {
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

// lanes decides which lane a free slot looks into next, so that lanes with work share the time of the slots by their
// weights: the one that got least for its weight so far is first. A lane that had nothing to do saves nothing up.
//
// Time is charged when it is over; for what is in hand, the lane's average stands in.
type lanes struct {
	mu  sync.Mutex
	all []*lane // those with a weight above 0, the most urgent first; guarded by mu
}

// lane is guarded by lanes.mu.
type lane struct {
	name   string
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

func newLanes(weights map[string]int) *lanes {
	l := &lanes{}
	l.setWeights(weights)
	for _, one := range l.all {
		one.empty = false // nobody knows; nothing has been used
	}
	return l
}

// setWeights makes these the lanes. One that there is keeps what is known of it, and what it has got counts as it did. One that
// is new begins as an empty one does that is notified of work: level with the others.
func (l *lanes) setWeights(weights map[string]int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	before := l.all
	l.all = nil
	for _, name := range message.Lanes() {
		w := float64(weights[name])
		if w <= 0 {
			continue
		}
		i := slices.IndexFunc(before, func(one *lane) bool { return one.name == name })
		one := &lane{name: name, average: 1, done: tempo{since: time.Now()}, empty: true}
		if i >= 0 {
			one = before[i]
		}
		one.weight = w
		l.all = append(l.all, one)
	}
}

// probe is one look into a lane. It ends with foundNothing or foundWork.
type probe struct {
	lanes   *lanes
	lane    *lane
	notices int
}

// order lists the probes that are worth it, the lane most in arrears first: of every lane with all, else of those
// lanes that are not known to be empty.
func (l *lanes) order(all bool) []probe {
	l.mu.Lock()
	defer l.mu.Unlock()
	var looks []probe
	for _, one := range l.all {
		if all || !one.empty {
			looks = append(looks, probe{lanes: l, lane: one, notices: one.notices})
		}
	}
	slices.SortStableFunc(looks, func(a, b probe) int { return cmp.Compare(a.lane.used, b.lane.used) })
	return looks
}

// notify marks a lane (or all, for "") as possibly non-empty.
func (l *lanes) notify(name string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, one := range l.all {
		if name == "" || one.name == name {
			one.notices++
			l.markFilled(one)
		}
	}
}

// markFilled makes a lane one that has work. What it did not use before is not saved up: it starts level with the one most in
// arrears.
func (l *lanes) markFilled(one *lane) {
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

// foundNothing marks the lane as empty, unless it was notified during the probe.
func (k probe) foundNothing() {
	k.lanes.mu.Lock()
	defer k.lanes.mu.Unlock()
	if k.lane.notices == k.notices {
		k.lane.empty = true
	}
}

// foundWork charges a submission that was found to its lane. The function it returns is called when its time is over.
func (k probe) foundWork() (over func(took time.Duration)) {
	l, one := k.lanes, k.lane
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

// load is what the lanes do, for the registry.
func (l *lanes) load() []message.Lane {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := []message.Lane{}
	for _, one := range l.all {
		entry := message.Lane{Name: one.name, Weight: int(one.weight)}
		if one.done.count > 0 {
			entry.PerMinute, entry.AverageSeconds = rounded(one.done.perMinute(time.Now())), rounded(one.average)
		}
		all = append(all, entry)
	}
	return all
}

// rounded is a figure for people, with three digits behind the point.
func rounded(x float64) float64 { return math.Round(x*1000) / 1000 }
