package sandbox

import (
	"testing"
	"time"

	"github.com/gaveloj/gavel/sandbox/container"
)

const ms = time.Millisecond

// simulated is what a run is told of its host by the time: for how long it was kept waiting.
func simulate(r *run, start time.Time, until time.Duration, delayed func(after time.Duration) time.Duration) (over time.Duration, looks int) {
	for after := time.Duration(0); after < until; {
		now := start.Add(after)
		if r.overWall(now, func() time.Duration { looks++; return delayed(after) }) {
			return after, looks
		}
		r.delayRest = 0 // that of the machine of this test
		next := r.nextWallCheck().Sub(start)
		if next <= after {
			return -1, looks // it would look again and again at the same time
		}
		after = next
	}
	return until, looks
}

func TestWallChecks(t *testing.T) {
	t.Parallel()
	share := func(part, of time.Duration) func(time.Duration) time.Duration {
		return func(after time.Duration) time.Duration { return after * part / of }
	}
	for name, tt := range map[string]struct {
		began       time.Duration // 0: not announced
		delayed     func(time.Duration) time.Duration
		least, most time.Duration // of the time after which it is over
		looks       int           // at most
	}{
		"idle":            {ms, share(0, 1), 1001 * ms, 1001 * ms, 40},
		"half":            {ms, share(1, 2), 2000 * ms, 2020 * ms, 100},
		"nine in ten":     {ms, share(9, 10), 4001 * ms, 4001 * ms, 220},
		"everything":      {ms, share(1, 1), 4001 * ms, 4001 * ms, 220},
		"started late":    {500 * ms, share(0, 1), 1500 * ms, 1500 * ms, 40},
		"never started":   {0, share(1, 1), 4000 * ms, 4000 * ms, 0},
		"held for a time": {ms, func(d time.Duration) time.Duration { return min(d, 300*ms) }, 1300 * ms, 1306 * ms, 60},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			start := time.Unix(1000, 0)
			r := &run{started: start, limits: Limits{Wall: time.Second}}
			if tt.began > 0 {
				r.program = &container.Started{Start: start.Add(tt.began)}
			}
			if first := r.nextWallCheck().Sub(start); tt.began > 0 && first != tt.began+250*ms {
				t.Errorf("first look after %v, want a quarter of the limit", first)
			}
			over, looks := simulate(r, start, 5*time.Second, tt.delayed)
			if over < tt.least || over > tt.most || looks > tt.looks {
				t.Errorf("over after %v and %d looks, want %v to %v and at most %d", over, looks, tt.least, tt.most, tt.looks)
			}
		})
	}
}
