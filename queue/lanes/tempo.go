package lanes

import (
	"math"
	"time"
)

// tempo tells how often something happens: a mean over all time in which what was tempoMemory ago counts a third.
type tempo struct {
	since time.Time // when counting began
	last  time.Time // when it happened last
	sum   float64   // of all that happened, each as much as it counted at last
	count uint64    // how often it happened
}

const tempoMemory = time.Minute

// add counts that it happens now.
func (t *tempo) add(now time.Time) {
	t.sum = t.sum*faded(now.Sub(t.last)) + 1
	t.last = now
	t.count++
}

// perMinute is how often it happens in a minute. It does not start at 0: what would count if it had always gone on like that is
// put in for the time before.
func (t *tempo) perMinute(now time.Time) float64 {
	known := 1 - faded(now.Sub(t.since))
	if t.count == 0 || known <= 0 {
		return 0
	}
	return t.sum * faded(now.Sub(t.last)) / known / tempoMemory.Minutes()
}

// faded is how much counts what was so long ago.
func faded(ago time.Duration) float64 { return math.Exp(-ago.Seconds() / tempoMemory.Seconds()) }
