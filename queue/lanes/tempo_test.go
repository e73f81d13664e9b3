package lanes

import (
	"math"
	"testing"
	"time"
)

func TestTempo(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	never := tempo{since: start}
	once, steady, ended := never, never, never
	once.add(start.Add(30 * time.Second))
	for i := range 1200 { // ten a second for two minutes
		at := start.Add(time.Duration(i) * 100 * time.Millisecond)
		steady.add(at)
		ended.add(at)
	}
	for _, test := range []struct {
		name  string
		tempo tempo
		after time.Duration
		want  float64
	}{
		{"never", never, time.Minute, 0},
		{"at the start", never, 0, 0},
		{"once in half a minute", once, 30 * time.Second, 1 / (1 - math.Exp(-0.5))},
		{"steadily", steady, 2 * time.Minute, 600},
		{"a minute ago", ended, 3 * time.Minute, 600 * (1 - math.Exp(-2)) / (math.E * (1 - math.Exp(-3)))},
	} {
		got := test.tempo.perMinute(start.Add(test.after))
		if math.Abs(got-test.want) > 0.01*test.want {
			t.Errorf("%s: perMinute() = %v, want %v", test.name, got, test.want)
		}
	}
}
