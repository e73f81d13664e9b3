package sandbox

import (
	"fmt"
	"os"
	"time"

	"github.com/gaveloj/gavel/sandbox/threads"
)

// When a run is looked at for its delay: not before a part of its wall limit has passed, so that quick runs never are, and
// then every delayInterval, which is less than the scheduler takes for a round of a few programs. Looking takes some 50 us for
// a program of one thread and up to 5 ms for one of 128, so there are delayRest times as long between two looks.
const (
	delayFrom     = 4 // of the wall limit, the part
	delayInterval = 20 * time.Millisecond
	delayRest     = 50
	delayLeast    = 5 * time.Millisecond // between two looks near the deadline, which a run that waits puts off all the time
)

// nextWallCheck is when overWall has something to do.
func (r *run) nextWallCheck() time.Time {
	deadline := r.wallDeadline()
	switch {
	case r.program == nil:
		return deadline
	case r.delayAt.IsZero():
		return earlier(r.began().Add(r.wallExtension+r.limits.Wall/delayFrom), deadline)
	}
	next := r.delayAt.Add(max(delayInterval, r.delayRest))
	if next.After(deadline.Add(-delayLeast)) {
		next = deadline
	}
	return later(next, r.delayAt.Add(delayLeast))
}

// overWall reports whether the wall limit has passed. Time in which the program was ready and the host had no core for it
// does not count; measure returns how much that is so far.
func (r *run) overWall(now time.Time, measure func() time.Duration) bool {
	if r.limits.Wall == 0 || now.Before(r.nextWallCheck()) {
		return false
	}
	if r.program != nil {
		r.delay, r.delayAt = measure(), now
		r.delayRest = delayRest * time.Since(now)
	}
	return !now.Before(r.wallDeadline())
}

// measureDelay asks the kernel for the delay, where it keeps account of it and the run has one core, so that this is exact, also
// of processes that have ended. Else it looks at every thread of the run, whoever has made it.
func (r *run) measureDelay() time.Duration {
	if r.s.cores == 1 {
		if stalled, ok := r.s.accounting.stalled(); ok {
			return stalled
		}
	}
	if r.program.Pid == 0 {
		return 0
	}
	times := map[string]threads.Times{}
	for _, dir := range r.threads() {
		if t, ok := threads.ReadTimes(dir); ok {
			times[dir] = t
		}
	}
	cpu, err := r.s.accounting.cpu()
	if err != nil {
		cpu = 0 // what the threads themselves have used is known
	}
	r.meter.Add(times, cpu)
	return r.meter.Total
}

// threads lists the threads of the run, as directories of /proc: those of the first process and its descendants, and those
// whose parents have ended, which then belong to the container server.
func (r *run) threads() []string {
	all := threads.Of(r.program.Pid, nil)
	server := fmt.Sprintf("/proc/%d/task", r.s.client.Pid())
	entries, _ := os.ReadDir(server) // it may have just died, which shows elsewhere
	for _, e := range entries {
		for _, child := range threads.Children(server + "/" + e.Name()) {
			all = threads.Of(child, all)
		}
	}
	return all
}
