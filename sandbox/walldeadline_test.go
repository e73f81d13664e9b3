package sandbox

import (
	"syscall"
	"testing"
	"time"

	"github.com/gaveloj/gavel/sandbox/container"
	"github.com/gaveloj/gavel/sandbox/sampler"
)

func TestWallDeadline(t *testing.T) {
	t.Parallel()
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
			t.Parallel()
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

// A kill at the deadline is none where the program had ended before, by itself and in time, and the host was too busy to tell
// so.
func TestKillAfterTheEnd(t *testing.T) {
	t.Parallel()
	exited, failed, killed, aborted := syscall.WaitStatus(0), syscall.WaitStatus(3<<8), syscall.WaitStatus(syscall.SIGKILL), syscall.WaitStatus(syscall.SIGABRT)
	for name, tt := range map[string]struct {
		status                         syscall.WaitStatus
		wall, delay, reading, extended time.Duration
		inTime                         bool
	}{
		"ended in time":                {status: exited, wall: 190 * time.Millisecond, inTime: true},
		"failed in time":               {status: failed, wall: 190 * time.Millisecond, inTime: true},
		"aborted in time":              {status: aborted, wall: 190 * time.Millisecond, inTime: true},
		"at the limit":                 {status: exited, wall: time.Second, inTime: true},
		"over the limit":               {status: exited, wall: time.Second + time.Nanosecond},
		"over, and was kept waiting":   {status: exited, wall: 1500 * time.Millisecond, delay: 300 * time.Millisecond, reading: 200 * time.Millisecond, inTime: true},
		"over, and was given more":     {status: exited, wall: 1500 * time.Millisecond, extended: 500 * time.Millisecond, inTime: true},
		"killed, by whomever":          {status: killed, wall: 190 * time.Millisecond}, // also one that was never seen to start
		"killed at the limit":          {status: killed, wall: 1001 * time.Millisecond},
		"aborted when it was too long": {status: aborted, wall: 1001 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := run{limits: Limits{Wall: time.Second}, delay: tt.delay, reading: tt.reading, wallExtension: tt.extended}
			if got := r.endedInTime(&container.Finished{Status: tt.status, Wall: tt.wall}); got != tt.inTime {
				t.Errorf("endedInTime() = %v, want %v", got, tt.inTime)
			}
		})
	}
}

// sampledRun is a run in a container without a control group, whose processes have used as much as is said.
func sampledRun(start time.Time, limits Limits, used time.Duration) *run {
	s := &Sandbox{cores: 1, accounting: accounting{sampler: &sampler.Sampler{Next: start.Add(time.Hour), Booked: used}}}
	return &run{s: s, started: start, cpuNext: start, limits: limits, program: &container.Started{Start: start}}
}

// A program that the host gives no core is not to be killed for it, until it has taken four times its limit.
func TestStarvedProgramIsWaitedFor(t *testing.T) {
	t.Parallel()
	limits := Limits{Wall: time.Second, CPU: 500 * time.Millisecond}
	for name, tt := range map[string]struct {
		after, delay, used time.Duration
		over               bool
		next               time.Duration // when it has to be looked at again
	}{
		"before the limit":           {999 * time.Millisecond, 0, 0, false, time.Second},
		"at the limit":               {time.Second, 0, 0, true, 0},
		"starved":                    {1500 * time.Millisecond, 700 * time.Millisecond, 0, false, 1700 * time.Millisecond},
		"starved, and then too long": {1700 * time.Millisecond, 700 * time.Millisecond, 0, true, 0},
		"starved for ever":           {3999 * time.Millisecond, time.Hour, 0, false, 4 * time.Second},
		"starved for too long":       {4 * time.Second, time.Hour, 0, true, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			start := time.Unix(1000, 0)
			r := sampledRun(start, limits, tt.used)
			got := r.overWall(start.Add(tt.after), func() time.Duration { return tt.delay })
			if got != tt.over {
				t.Errorf("overWall after %v with a delay of %v = %t, want %t", tt.after, tt.delay, got, tt.over)
			}
			if next := r.wallDeadline().Sub(start); !tt.over && next != tt.next {
				t.Errorf("wallDeadline after that = %v, want %v", next, tt.next)
			}
		})
	}
}

// The CPU time of a starved program counts in full.
func TestExceeded(t *testing.T) {
	t.Parallel()
	limits := Limits{Wall: time.Second, CPU: 500 * time.Millisecond}
	for name, tt := range map[string]struct {
		after, used, setup time.Duration
		want               KillCause
	}{
		"neither":                   {400 * time.Millisecond, 300 * time.Millisecond, 0, KillNone},
		"CPU time at the limit":     {600 * time.Millisecond, 500 * time.Millisecond, 0, KillNone},
		"CPU time over the limit":   {600 * time.Millisecond, 501 * time.Millisecond, 0, KillCPU},
		"the set-up is not counted": {600 * time.Millisecond, 501 * time.Millisecond, time.Millisecond, KillNone},
		"wall time":                 {time.Second, 0, 0, KillWall},
		"both":                      {time.Second, time.Second, 0, KillCPU},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			start := time.Unix(1000, 0)
			r := sampledRun(start, limits, tt.used)
			r.program.SetupCPU = tt.setup
			if got, err := r.exceeded(start.Add(tt.after), false); got != tt.want || err != nil {
				t.Errorf("exceeded after %v with %v of CPU time = %q, %v, want %q", tt.after, tt.used, got, err, tt.want)
			}
		})
	}
}
