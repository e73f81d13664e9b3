package client

import (
	"testing"
	"time"

	"github.com/gaveloj/gavel/queue/message"
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
		need    Requirement
		want    Availability
	}{
		{"no worker", nil, Requirement{Pool: "a"}, Unavailable},
		{"any language", []Worker{worker(message.WorkerReady, 0, "c")}, Requirement{Pool: "a"}, Available},
		{"language", []Worker{worker(message.WorkerReady, 0, "c")}, Requirement{Pool: "a", Language: "c"}, Available},
		{"alias", []Worker{worker(message.WorkerReady, 0, "c")}, Requirement{Pool: "a", Language: "c-alias"}, Available},
		{"other language", []Worker{worker(message.WorkerReady, 0, "c")}, Requirement{Pool: "a", Language: "d"}, Unavailable},
		{"other pool", []Worker{worker(message.WorkerReady, 0, "c")}, Requirement{Pool: "b", Language: "c"}, Unavailable},
		{"lane", []Worker{worker(message.WorkerReady, 0, "c")}, Requirement{Pool: "a", Lane: "contest"}, Available},
		{"other lane", []Worker{worker(message.WorkerReady, 0, "c")}, Requirement{Pool: "a", Lane: "rejudge"}, Unavailable},
		{"other lane, starting", []Worker{worker(message.WorkerStarting, 0)}, Requirement{Pool: "a", Lane: "rejudge"}, Unavailable},
		{"nearly lost", []Worker{worker(message.WorkerReady, 29*time.Second, "c")}, Requirement{Pool: "a", Language: "c"}, Available},
		{"just lost", []Worker{worker(message.WorkerReady, 31*time.Second, "c")}, Requirement{Pool: "a", Language: "c"}, Expected},
		{"long lost", []Worker{worker(message.WorkerReady, 10*time.Minute, "c")}, Requirement{Pool: "a", Language: "c"}, Unavailable},
		{"paused", []Worker{worker(message.WorkerPaused, 0, "c")}, Requirement{Pool: "a", Language: "c"}, Expected},
		{"paused, without it", []Worker{worker(message.WorkerPaused, 0, "c")}, Requirement{Pool: "a", Language: "d"}, Unavailable},
		{"stopping", []Worker{worker(message.WorkerStopping, 0, "c")}, Requirement{Pool: "a", Language: "c"}, Expected},
		{"just stopped", []Worker{worker(message.WorkerStopped, time.Minute, "c")}, Requirement{Pool: "a", Language: "c"}, Expected},
		{"long stopped", []Worker{worker(message.WorkerStopped, 10*time.Minute, "c")}, Requirement{Pool: "a", Language: "c"}, Unavailable},
		{"starting", []Worker{worker(message.WorkerStarting, 0)}, Requirement{Pool: "a", Language: "c"}, Expected},
		{"died while starting", []Worker{worker(message.WorkerStarting, time.Minute)}, Requirement{Pool: "a", Language: "c"}, Unavailable},
		{"best of several", []Worker{worker(message.WorkerStarting, 0), worker(message.WorkerReady, 0, "c"), worker(message.WorkerReady, 0, "d")}, Requirement{Pool: "a", Language: "c"}, Available},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := AvailabilityOf(test.workers, test.need); got != test.want {
				t.Errorf("ReachOf = %v, want %v", got, test.want)
			}
		})
	}
}
