package client

import (
	"testing"
	"time"

	"github.com/gaveloj/gavel/message"
)

func TestReachOf(t *testing.T) {
	worker := func(state message.WorkerState, age time.Duration, languages ...string) Worker {
		w := Worker{Age: age}
		w.Pool, w.State, w.Interval = "a", state, 10
		w.Lanes = []message.Lane{{Name: "contest", Weight: 1}}
		for _, id := range languages {
			w.Languages = append(w.Languages, message.LanguageInfo{ID: id, Aliases: []string{id + "-alias"}})
		}
		w.Lost = age > w.LostAfter() && state != message.WorkerStopped
		return w
	}
	for _, test := range []struct {
		name    string
		workers []Worker
		need    Need
		want    Reach
	}{
		{"no worker", nil, Need{Pool: "a"}, Nobody},
		{"any language", []Worker{worker(message.WorkerReady, 0, "c")}, Need{Pool: "a"}, Now},
		{"language", []Worker{worker(message.WorkerReady, 0, "c")}, Need{Pool: "a", Language: "c"}, Now},
		{"alias", []Worker{worker(message.WorkerReady, 0, "c")}, Need{Pool: "a", Language: "c-alias"}, Now},
		{"other language", []Worker{worker(message.WorkerReady, 0, "c")}, Need{Pool: "a", Language: "d"}, Nobody},
		{"other pool", []Worker{worker(message.WorkerReady, 0, "c")}, Need{Pool: "b", Language: "c"}, Nobody},
		{"lane", []Worker{worker(message.WorkerReady, 0, "c")}, Need{Pool: "a", Lane: "contest"}, Now},
		{"other lane", []Worker{worker(message.WorkerReady, 0, "c")}, Need{Pool: "a", Lane: "rejudge"}, Nobody},
		{"other lane, starting", []Worker{worker(message.WorkerStarting, 0)}, Need{Pool: "a", Lane: "rejudge"}, Nobody},
		{"nearly lost", []Worker{worker(message.WorkerReady, 29*time.Second, "c")}, Need{Pool: "a", Language: "c"}, Now},
		{"just lost", []Worker{worker(message.WorkerReady, 31*time.Second, "c")}, Need{Pool: "a", Language: "c"}, Later},
		{"long lost", []Worker{worker(message.WorkerReady, 10*time.Minute, "c")}, Need{Pool: "a", Language: "c"}, Nobody},
		{"paused", []Worker{worker(message.WorkerPaused, 0, "c")}, Need{Pool: "a", Language: "c"}, Later},
		{"paused, without it", []Worker{worker(message.WorkerPaused, 0, "c")}, Need{Pool: "a", Language: "d"}, Nobody},
		{"stopping", []Worker{worker(message.WorkerStopping, 0, "c")}, Need{Pool: "a", Language: "c"}, Later},
		{"just stopped", []Worker{worker(message.WorkerStopped, time.Minute, "c")}, Need{Pool: "a", Language: "c"}, Later},
		{"long stopped", []Worker{worker(message.WorkerStopped, 10*time.Minute, "c")}, Need{Pool: "a", Language: "c"}, Nobody},
		{"starting", []Worker{worker(message.WorkerStarting, 0)}, Need{Pool: "a", Language: "c"}, Later},
		{"died while starting", []Worker{worker(message.WorkerStarting, time.Minute)}, Need{Pool: "a", Language: "c"}, Nobody},
		{"best of several", []Worker{worker(message.WorkerStarting, 0), worker(message.WorkerReady, 0, "c"), worker(message.WorkerReady, 0, "d")}, Need{Pool: "a", Language: "c"}, Now},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := ReachOf(test.workers, test.need); got != test.want {
				t.Errorf("ReachOf = %v, want %v", got, test.want)
			}
		})
	}
}
