package client

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gaveloj/gavel/queue/message"
)

// serving is a live worker of a pool with two slots that serves lanes.
func serving(pool string, state message.WorkerState, lanes ...message.Lane) Worker {
	w := Worker{}
	w.Name, w.Pool, w.State, w.Interval, w.Slots, w.Lanes = "w", pool, state, 10, 2, lanes
	return w
}

// laneFigures is what a lane is told to be.
type laneFigures struct {
	Lane, Reason string
	Waiting      uint64
	PerMinute    float64
	Wait         time.Duration // of what comes now
	Known        bool
}

func TestLanesAreEstimated(t *testing.T) {
	t.Parallel()
	contest := message.Lane{Name: message.LaneContest, Weight: 3, PerMinute: 60, AverageSeconds: 2}
	rejudge := message.Lane{Name: message.LaneRejudge, Weight: 1}
	ready := serving("default", message.WorkerReady, contest, rejudge)
	paused := serving("default", message.WorkerPaused, contest, rejudge)
	paused.Reason = "too little disk"
	gone := ready
	gone.Lost, gone.Age = true, time.Hour
	lost, stopped := gone, serving("default", message.WorkerStopped, contest, rejudge)
	lost.Age = 40 * time.Second
	held := func(contest, contestInHand, rejudge uint64) func([]LaneState) {
		return func(lanes []LaneState) {
			lanes[0].Waiting, lanes[0].InHand, lanes[1].Waiting = contest, contestInHand, rejudge
		}
	}
	for _, test := range []struct {
		name    string
		workers []Worker
		held    func([]LaneState)
		want    []laneFigures
	}{
		{"idle", []Worker{ready}, held(0, 0, 0), []laneFigures{
			{"contest", "", 0, 60, 0, true}, {"rejudge", "", 0, 0, 0, true},
		}},
		{"one slot is left", []Worker{ready}, held(0, 1, 0), []laneFigures{
			{"contest", "", 0, 60, 0, true}, {"rejudge", "", 0, 0, 0, true},
		}},
		// Where the time of a lane is not known, that of the pool stands in.
		{"one lane has work", []Worker{ready}, held(9, 2, 0), []laneFigures{
			{"contest", "", 9, 60, 10 * time.Second, true}, {"rejudge", "", 0, 0, 4 * time.Second, true},
		}},
		{"lanes share by weight", []Worker{ready}, held(299, 2, 29), []laneFigures{
			{"contest", "", 299, 60, 329 * time.Second, true}, {"rejudge", "", 29, 0, 120 * time.Second, true},
		}},
		{"two workers, of which one is paused", []Worker{ready, paused}, held(9, 2, 0), []laneFigures{
			{"contest", "", 9, 120, 10 * time.Second, true}, {"rejudge", "", 0, 0, 4 * time.Second, true},
		}},
		{"all are paused", []Worker{paused}, held(9, 0, 0), []laneFigures{
			{"contest", "worker w is paused: too little disk", 9, 60, 0, false},
			{"rejudge", "worker w is paused: too little disk", 0, 0, 0, false},
		}},
		{
			"nothing was judged yet",
			[]Worker{serving("default", message.WorkerReady, rejudge, message.Lane{Name: message.LaneContest, Weight: 1})},
			held(1, 2, 0),
			[]laneFigures{{"contest", "", 1, 0, 0, false}, {"rejudge", "", 0, 0, 0, false}},
		},
		{"nobody", []Worker{gone}, held(1, 0, 0), []laneFigures{
			{"contest", `no live worker serves pool "default"`, 1, 0, 0, false},
			{"rejudge", `no live worker serves pool "default"`, 0, 0, 0, false},
		}},
		{"lost a moment ago", []Worker{lost}, held(1, 0, 0), []laneFigures{
			{"contest", "worker w was last heard of 40s ago", 1, 0, 0, false}, {"rejudge", "worker w was last heard of 40s ago", 0, 0, 0, false},
		}},
		{"stopped a moment ago", []Worker{stopped}, held(1, 0, 0), []laneFigures{
			{"contest", "worker w is stopped", 1, 0, 0, false}, {"rejudge", "worker w is stopped", 0, 0, 0, false},
		}},
		{"not that lane", []Worker{serving("default", message.WorkerReady, contest)}, held(0, 0, 1), []laneFigures{
			{"contest", "", 0, 60, 0, true},
			{"rejudge", `no worker of pool "default" serves lane "rejudge"`, 1, 0, 0, false},
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			lanes := []LaneState{{Pool: "default", Lane: message.LaneContest}, {Pool: "default", Lane: message.LaneRejudge}}
			test.held(lanes)
			estimate(lanes, test.workers)
			var got []laneFigures
			for _, l := range lanes {
				wait, known := l.Wait(l.Waiting + 1)
				got = append(got, laneFigures{l.Lane, l.Reason, l.Waiting, l.PerMinute, wait, known})
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("estimate() mismatch (-want +got):\n%s", diff)
			}
		})
	}
}

func TestLanesOfSubjects(t *testing.T) {
	t.Parallel()
	gone := serving("old", message.WorkerStopped, message.Lane{Name: message.LaneContest, Weight: 1})
	got := lanesOf(map[string]uint64{
		"judge.submissions.default.rejudge": 2, "judge.submissions.default.contest": 3, "judge.submissions.default.contest.arena": 4,
		"judge.submissions.default.other": 5, "judge.submissions.default": 6,
	}, []Worker{gone, serving("gpu", message.WorkerPaused, message.Lane{Name: message.LanePractice, Weight: 1})})
	type row struct {
		Pool, Lane, Subject string
		Waiting             uint64
	}
	want := []row{
		{"", "", "judge.submissions.default", 6},
		{"default", "contest", "", 7},
		{"default", "rejudge", "", 2},
		{"default", "other", "", 5},
		{"gpu", "practice", "", 0},
	}
	var rows []row
	for _, l := range got {
		rows = append(rows, row{l.Pool, l.Lane, l.Subject, l.Waiting})
	}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Errorf("lanesOf() mismatch (-want +got):\n%s", diff)
	}
}
