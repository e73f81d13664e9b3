package verify

import (
	"fmt"
	"testing"
	"time"
)

// What is remembered is bounded: what was computed first is forgotten first.
func TestTimeLimitsAreBounded(t *testing.T) {
	t.Parallel()
	l := NewTimeLimits()
	for i := range 2 * maxKnownLimits {
		l.remember(fmt.Sprint(i), time.Second)
	}
	if len(l.known) != maxKnownLimits || len(l.order) != maxKnownLimits {
		t.Errorf("%d time limits are remembered, want %d", len(l.known), maxKnownLimits)
	}
	if _, ok := l.look(fmt.Sprint(2*maxKnownLimits - 1)); !ok {
		t.Error("the newest one is forgotten")
	}
}
