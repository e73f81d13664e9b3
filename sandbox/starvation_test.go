package sandbox

import (
	"os"
	"testing"
	"time"
)

func TestRunDelay(t *testing.T) {
	if d := runDelay(os.Getpid()); d < 0 || d > time.Hour {
		t.Errorf("runDelay of this process = %v", d)
	}
	if d := runDelay(0); d != 0 {
		t.Errorf("runDelay of no process = %v, want 0", d)
	}
}

func TestWallDeadline(t *testing.T) {
	start := time.Unix(1000, 0)
	tests := []struct {
		name  string
		delay time.Duration
		want  time.Duration
	}{
		{"on an idle host", 0, time.Second},
		{"on a busy host", 300 * time.Millisecond, 1300 * time.Millisecond},
		{"on a host that gives nothing", time.Hour, 4 * time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := run{started: start, delay: tt.delay, limits: Limits{Wall: time.Second}}
			if got := r.wallDeadline().Sub(start); got != tt.want {
				t.Errorf("wallDeadline after %v of delay = %v, want %v", tt.delay, got, tt.want)
			}
		})
	}
}
