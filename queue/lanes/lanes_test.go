package lanes

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gaveloj/gavel/queue/message"
)

// share runs rounds looks of one slot; takes says how long a submission of a lane takes, lanes that it lacks are empty.
// It returns the time that each lane got.
func share(l *Lanes, rounds int, takes map[string]time.Duration) map[string]time.Duration {
	got := map[string]time.Duration{}
	for range rounds {
		for _, k := range l.Order(false) {
			d, some := takes[k.Lane.Name]
			if !some {
				k.FoundNothing()
				continue
			}
			k.FoundWork()(d)
			got[k.Lane.Name] += d
			break
		}
	}
	return got
}

func TestLanesShareTimeByWeight(t *testing.T) {
	const contest, practice, rejudge = message.LaneContest, message.LanePractice, message.LaneRejudge
	for name, test := range map[string]struct {
		weights map[string]int
		takes   map[string]time.Duration
		want    map[string]float64 // part of the time
	}{
		"all alike": {
			DefaultWeights(),
			map[string]time.Duration{contest: time.Second, practice: time.Second, rejudge: time.Second},
			map[string]float64{contest: 16. / 21, practice: 4. / 21, rejudge: 1. / 21},
		},
		"rejudges take long": {
			DefaultWeights(),
			map[string]time.Duration{contest: time.Second, practice: time.Second, rejudge: 20 * time.Second},
			map[string]float64{contest: 16. / 21, practice: 4. / 21, rejudge: 1. / 21},
		},
		"no contest": {
			DefaultWeights(),
			map[string]time.Duration{practice: time.Millisecond, rejudge: time.Millisecond},
			map[string]float64{practice: 4. / 5, rejudge: 1. / 5},
		},
		"a rejudge alone": {
			DefaultWeights(), map[string]time.Duration{rejudge: time.Minute}, map[string]float64{rejudge: 1},
		},
		"a lane left out": {
			map[string]int{contest: 1},
			map[string]time.Duration{contest: time.Second, rejudge: time.Second},
			map[string]float64{contest: 1},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := share(New(test.weights), 4000, test.takes)
			var total time.Duration
			for _, d := range got {
				total += d
			}
			for lane, want := range test.want {
				if part := float64(got[lane]) / float64(total); part < want*0.9 || part > want*1.1 {
					t.Errorf("lane %s got %.3f of the time, want %.3f", lane, part, want)
				}
			}
			if len(got) != len(test.want) {
				t.Errorf("time went to %v, want %v", got, test.want)
			}
		})
	}
}

// A lane that was empty for long gets no more than its share afterwards, and the urgent one is first at once.
func TestLanesSaveNothingUp(t *testing.T) {
	l := New(DefaultWeights())
	both := map[string]time.Duration{message.LanePractice: time.Second, message.LaneRejudge: time.Second}
	share(l, 1000, map[string]time.Duration{message.LanePractice: time.Second})
	l.Notify(message.LaneRejudge)
	got := share(l, 100, both)
	if d := got[message.LaneRejudge]; d < 10*time.Second || d > 30*time.Second {
		t.Errorf("the lane that came back got %v of 100 s, want about 20 s", d)
	}
	l.Notify(message.LaneContest)
	if first := l.Order(false)[0].Lane.Name; first != message.LaneContest {
		t.Errorf("first look into %s, want contest", first)
	}
}

// What is heard of while a look is under way is not forgotten when the look finds nothing.
func TestLanesHearWhileLooking(t *testing.T) {
	l := New(DefaultWeights())
	looks := l.Order(false)
	l.Notify(message.LaneContest)
	for _, k := range looks {
		k.FoundNothing()
	}
	again := l.Order(false)
	if len(again) != 1 || again[0].Lane.Name != message.LaneContest {
		t.Errorf("looks %+v, want one into contest", again)
	}
	if all := l.Order(true); len(all) != 3 {
		t.Errorf("%d looks into all lanes, want 3", len(all))
	}
}

// What a lane is told to do begins with what was measured, not with the guess that stands in before.
func TestLanesTellTheirLoad(t *testing.T) {
	t.Parallel()
	l := New(DefaultWeights())
	for _, seconds := range []time.Duration{30, 38} {
		l.Order(true)[0].FoundWork()(seconds * time.Second) // once of each of the two lanes that are first then
	}
	got := l.Load()
	for i := range got {
		if (got[i].PerMinute > 0) != (got[i].AverageSeconds > 0) {
			t.Errorf("lane %s: %v a minute, of %v s each", got[i].Name, got[i].PerMinute, got[i].AverageSeconds)
		}
		got[i].PerMinute = 0
	}
	want := []message.Lane{
		{Name: message.LaneContest, Weight: 16, AverageSeconds: 30},
		{Name: message.LanePractice, Weight: 4, AverageSeconds: 38},
		{Name: message.LaneRejudge, Weight: 1},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("load() mismatch (-want +got):\n%s", diff)
	}
}

// Weights that change count from the next submission on. A lane that comes is level with the others, and one that stays keeps
// what is known of it.
func TestLanesChangeWeights(t *testing.T) {
	const contest, practice, rejudge = message.LaneContest, message.LanePractice, message.LaneRejudge
	l := New(map[string]int{contest: 1, practice: 1})
	takes := map[string]time.Duration{contest: time.Second, practice: time.Second, rejudge: time.Second}
	share(l, 1000, takes)
	inHand := l.Order(false)[0]
	over := inHand.FoundWork()
	l.SetWeights(map[string]int{contest: 3, rejudge: 1})
	over(time.Second)
	l.Notify("")
	got := share(l, 400, takes)
	for lane, want := range map[string]time.Duration{contest: 300 * time.Second, practice: 0, rejudge: 100 * time.Second} {
		if d := got[lane]; d < want-10*time.Second || d > want+10*time.Second {
			t.Errorf("lane %s got %v of 400 s, want about %v", lane, d, want)
		}
	}
	var names []string
	for _, lane := range l.Load() {
		names = append(names, fmt.Sprint(lane.Name, " ", lane.Weight, " ", lane.AverageSeconds))
	}
	if diff := cmp.Diff([]string{"contest 3 1", "rejudge 1 1"}, names); diff != "" {
		t.Errorf("load() mismatch (-want +got):\n%s", diff)
	}
}
