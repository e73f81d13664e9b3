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
		for _, id := range languages {
			w.Languages = append(w.Languages, message.LanguageInfo{ID: id, Aliases: []string{id + "-alias"}})
		}
		w.Lost = age > w.LostAfter() && state != message.WorkerStopped
		return w
	}
	for _, test := range []struct {
		name           string
		workers        []Worker
		pool, language string
		want           Reach
	}{
		{"no worker", nil, "a", "", Nobody},
		{"any language", []Worker{worker(message.WorkerReady, 0, "c")}, "a", "", Now},
		{"language", []Worker{worker(message.WorkerReady, 0, "c")}, "a", "c", Now},
		{"alias", []Worker{worker(message.WorkerReady, 0, "c")}, "a", "c-alias", Now},
		{"other language", []Worker{worker(message.WorkerReady, 0, "c")}, "a", "d", Nobody},
		{"other pool", []Worker{worker(message.WorkerReady, 0, "c")}, "b", "c", Nobody},
		{"nearly lost", []Worker{worker(message.WorkerReady, 29*time.Second, "c")}, "a", "c", Now},
		{"just lost", []Worker{worker(message.WorkerReady, 31*time.Second, "c")}, "a", "c", Later},
		{"long lost", []Worker{worker(message.WorkerReady, 10*time.Minute, "c")}, "a", "c", Nobody},
		{"paused", []Worker{worker(message.WorkerPaused, 0, "c")}, "a", "c", Later},
		{"paused, without it", []Worker{worker(message.WorkerPaused, 0, "c")}, "a", "d", Nobody},
		{"stopping", []Worker{worker(message.WorkerStopping, 0, "c")}, "a", "c", Later},
		{"just stopped", []Worker{worker(message.WorkerStopped, time.Minute, "c")}, "a", "c", Later},
		{"long stopped", []Worker{worker(message.WorkerStopped, 10*time.Minute, "c")}, "a", "c", Nobody},
		{"starting", []Worker{worker(message.WorkerStarting, 0)}, "a", "c", Later},
		{"died while starting", []Worker{worker(message.WorkerStarting, time.Minute)}, "a", "c", Nobody},
		{"best of several", []Worker{worker(message.WorkerStarting, 0), worker(message.WorkerReady, 0, "c"), worker(message.WorkerReady, 0, "d")}, "a", "c", Now},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := ReachOf(test.workers, test.pool, test.language); got != test.want {
				t.Errorf("ReachOf = %v, want %v", got, test.want)
			}
		})
	}
}
