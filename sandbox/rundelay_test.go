package sandbox

import (
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/gaveloj/gavel/sandbox/container"
)

const ms = time.Millisecond

// The delay of a run is what its host kept from all of its threads together, whichever of them waits for which.
func TestDelayMeter(t *testing.T) {
	t.Parallel()
	type look struct {
		threads map[string]threadTimes
		cpu     time.Duration // of the run
	}
	for name, tt := range map[string]struct {
		looks []look
		want  time.Duration
	}{
		"nothing": {[]look{{nil, 0}}, 0},
		"the first thread computes": {[]look{
			{map[string]threadTimes{"1": {ran: 20 * ms, waited: 80 * ms}}, 20 * ms},
			{map[string]threadTimes{"1": {ran: 40 * ms, waited: 160 * ms}}, 40 * ms},
		}, 160 * ms},
		"a second one does": {[]look{
			{map[string]threadTimes{"1": {ran: 1 * ms}, "2": {ran: 20 * ms, waited: 80 * ms}}, 21 * ms},
		}, 79 * ms},
		"one waits for another": {[]look{ // alone on their core
			{map[string]threadTimes{"1": {ran: 50 * ms, waited: 50 * ms}, "2": {ran: 50 * ms, waited: 50 * ms}}, 100 * ms},
		}, 0},
		"many burst and wait for each other": {[]look{
			{map[string]threadTimes{"1": {ran: 10 * ms, waited: 30 * ms}, "2": {ran: 10 * ms, waited: 30 * ms}, "3": {ran: 10 * ms, waited: 30 * ms}, "4": {ran: 10 * ms, waited: 30 * ms}}, 40 * ms},
		}, 0},
		"two want a core all the time": {[]look{ // of 100 ms, 10 each
			{map[string]threadTimes{"1": {ran: 10 * ms, waited: 90 * ms}, "2": {ran: 10 * ms, waited: 90 * ms}}, 20 * ms},
		}, 80 * ms},
		"two take turns": {[]look{
			{map[string]threadTimes{"1": {ran: 10 * ms, waited: 90 * ms, ready: true}, "2": {}}, 10 * ms},
			{map[string]threadTimes{"1": {ran: 10 * ms, waited: 90 * ms}, "2": {ran: 10 * ms, waited: 90 * ms, ready: true}}, 20 * ms},
			{map[string]threadTimes{"1": {ran: 20 * ms, waited: 180 * ms, ready: true}, "2": {ran: 10 * ms, waited: 90 * ms}}, 30 * ms},
		}, 270 * ms},
		"one waits for another over several looks": {[]look{
			{map[string]threadTimes{"1": {ready: true}, "2": {ran: 20 * ms, ready: true}}, 20 * ms},
			{map[string]threadTimes{"1": {ready: true}, "2": {ran: 40 * ms, ready: true}}, 40 * ms},
			{map[string]threadTimes{"1": {ran: 5 * ms, waited: 40 * ms}, "2": {ran: 40 * ms}}, 45 * ms},
		}, 0},
		"one begins to wait for another before a look": {[]look{
			{map[string]threadTimes{"1": {ran: 5 * ms, ready: true}, "2": {ran: 5 * ms, ready: true}}, 10 * ms},
			{map[string]threadTimes{"1": {ran: 6 * ms, waited: 19 * ms}, "2": {ran: 24 * ms}}, 30 * ms},
		}, 0},
		"what has ended keeps its credit": {[]look{
			{map[string]threadTimes{"1": {}, "2": {ran: 10 * ms, waited: 90 * ms}}, 10 * ms},
			{map[string]threadTimes{"1": {}, "3": {ran: 10 * ms, waited: 90 * ms}}, 20 * ms},
			{map[string]threadTimes{"1": {}}, 20 * ms},
		}, 180 * ms},
		"who ran and has ended is counted": {[]look{
			{map[string]threadTimes{"1": {}}, 0},
			{map[string]threadTimes{"1": {waited: 50 * ms}}, 50 * ms},
		}, 0},
		"a number that is used again": {[]look{
			{map[string]threadTimes{"1": {ran: 10 * ms, waited: 90 * ms}}, 10 * ms},
			{map[string]threadTimes{"1": {ran: 1 * ms, waited: 40 * ms}}, 11 * ms},
		}, 130 * ms},
		"all sleep": {[]look{
			{map[string]threadTimes{"1": {ran: ms}, "2": {ran: ms}}, 2 * ms},
			{map[string]threadTimes{"1": {ran: ms}, "2": {ran: ms}}, 2 * ms},
		}, 0},
		"CPU time is not known": {[]look{
			{map[string]threadTimes{"1": {ran: 10 * ms, waited: 90 * ms}}, 0},
			{map[string]threadTimes{"1": {ran: 20 * ms, waited: 180 * ms}}, 0},
		}, 180 * ms},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var m delayMeter
			for _, l := range tt.looks {
				m.add(l.threads, l.cpu)
			}
			if m.total != tt.want {
				t.Errorf("delay %v, want %v", m.total, tt.want)
			}
		})
	}
}

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

func TestReadThreadTimes(t *testing.T) {
	t.Parallel()
	dir := fmt.Sprintf("/proc/%d/task/%d", os.Getpid(), os.Getpid())
	if got, ok := readThreadTimes(dir); ok && (got.ran <= 0 || got.waited < 0 || got.waited > time.Hour) {
		t.Errorf("readThreadTimes(%s) = %+v", dir, got)
	}
	if got, ok := readThreadTimes("/proc/self/task/" + strconv.Itoa(1<<30)); ok {
		t.Errorf("readThreadTimes of no thread = %+v", got)
	}
}
