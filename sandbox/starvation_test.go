package sandbox

import (
	"os"
	"testing"
	"time"

	"github.com/gaveloj/gavel/sandbox/container"
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
		began time.Duration // after the request; 0 for not announced yet
		delay time.Duration
		want  time.Duration
	}{
		{"on an idle host", time.Millisecond, 0, 1001 * time.Millisecond},
		{"on a busy host", time.Millisecond, 300 * time.Millisecond, 1301 * time.Millisecond},
		{"on a host that gives nothing", time.Millisecond, time.Hour, 4001 * time.Millisecond},
		{"started late", 700 * time.Millisecond, 0, 1700 * time.Millisecond},
		{"not started yet", 0, 0, 4 * time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := run{started: start, delay: tt.delay, limits: Limits{Wall: time.Second}}
			if tt.began != 0 {
				r.program = &container.Started{Start: start.Add(tt.began)}
			}
			if got := r.wallDeadline().Sub(start); got != tt.want {
				t.Errorf("wallDeadline after %v of delay = %v, want %v", tt.delay, got, tt.want)
			}
		})
	}
}
