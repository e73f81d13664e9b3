package queue

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/gaveloj/gavel/message"
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
	all []*lane // those with a weight above 0, the most urgent first; fixed
}

// lane is guarded by lanes.mu.
type lane struct {
	name   string
	weight float64
	// used is the time that the lane has got, divided by its weight.
	used float64
	// usual is how long a submission of the lane takes: a moving average in seconds.
	usual float64
	// dry tells that the lane had nothing at the last look, and news counts what was heard of since.
	dry  bool
	news int
}

func newLanes(weights map[string]int) *lanes {
	l := &lanes{}
	for _, name := range message.Lanes() {
		if w := weights[name]; w > 0 {
			l.all = append(l.all, &lane{name: name, weight: float64(w), usual: 1})
		}
	}
	return l
}

// look is one look into a lane: it is told how it ended by empty or by taken.
type look struct {
	lanes *lanes
	lane  *lane
	news  int
}

// order lists the looks that are worth it, the one most in arrears first: those into every lane with all, else those
// into lanes that are not known to be empty.
func (l *lanes) order(all bool) []look {
	l.mu.Lock()
	defer l.mu.Unlock()
	var looks []look
	for _, one := range l.all {
		if all || !one.dry {
			looks = append(looks, look{lanes: l, lane: one, news: one.news})
		}
	}
	slices.SortStableFunc(looks, func(a, b look) int { return cmp.Compare(a.lane.used, b.lane.used) })
	return looks
}

// heard notes that there may be something in a lane, "" in each.
func (l *lanes) heard(name string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, one := range l.all {
		if name == "" || one.name == name {
			one.news++
			l.wake(one)
		}
	}
}

// wake makes a lane one that has work. What it did not use before is not saved up: it starts level with the one most in
// arrears.
func (l *lanes) wake(one *lane) {
	if !one.dry {
		return
	}
	least, found := 0.0, false
	for _, other := range l.all {
		if !other.dry && (!found || other.used < least) {
			least, found = other.used, true
		}
	}
	one.used = max(one.used, least)
	one.dry = false
}

// empty notes that there was nothing, unless something was heard of while looking.
func (k look) empty() {
	k.lanes.mu.Lock()
	defer k.lanes.mu.Unlock()
	if k.lane.news == k.news {
		k.lane.dry = true
	}
}

// taken charges a submission that was found to its lane. The function it returns is called when its time is over.
func (k look) taken() (over func(took time.Duration)) {
	l, one := k.lanes, k.lane
	l.mu.Lock()
	defer l.mu.Unlock()
	l.wake(one)
	charged := one.usual
	one.used += charged / one.weight
	return func(took time.Duration) {
		l.mu.Lock()
		defer l.mu.Unlock()
		one.used += (took.Seconds() - charged) / one.weight
		one.usual += (took.Seconds() - one.usual) / 8
	}
}
