package sandbox

import (
	"bytes"
	"fmt"
	"os"
	"time"
)

// threadTimes are what one thread has had since it was made: the first two fields of /proc/pid/task/tid/schedstat (kernel:
// Documentation/scheduler/sched-stats.rst), and whether it is ready or runs now.
type threadTimes struct {
	ran    time.Duration // on a core
	waited time.Duration // ready to run, and without a core
	ready  bool
}

// delayMeter adds up the time in which a run could not go on because of what else its host had to do: at least one of its
// threads was ready, and none ran. The kernel tells only how long each thread was ready, once it has got its core, and while
// one of them was, another may have run. So of the time that a thread was ready, the meter counts what is left without all
// that the others have run since the wait can have begun. That is nothing on an idle host, whatever the threads do to each
// other, and all of it where one thread is ready all the time; where threads take turns the looks have to be close together.
// Of a process that lives for less than the time between two of them, little is counted.
type delayMeter struct {
	threads map[string]observedThread // at the last look, by directory of /proc
	cpu     time.Duration             // of all threads of the run, as the accounting has it
	ran     time.Duration             // the same, with what the threads themselves say
	total   time.Duration
}

// observedThread is a thread at the last look, and what its next wait is to be compared with.
type observedThread struct {
	threadTimes
	// since is the last look before the wait that it may be in: what it had run then, and all threads together.
	since, allSince time.Duration
}

// add counts the time since the last look, or since the start. cpu is what all threads have used, those included that have
// ended since.
func (m *delayMeter) add(threads map[string]threadTimes, cpu time.Duration) {
	before := m.ran
	seen := make(map[string]observedThread, len(threads))
	var grown time.Duration
	for dir, now := range threads {
		o, known := m.threads[dir]
		if !known || now.ran < o.ran || now.waited < o.waited { // or another thread, which has got the number
			o = observedThread{allSince: before}
		}
		grown += now.ran - o.ran
		seen[dir] = o
	}
	m.ran += max(grown, cpu-m.cpu)
	m.cpu = max(m.cpu, cpu)
	var held time.Duration
	for dir, o := range seen {
		now := threads[dir]
		others := m.ran - o.allSince - (now.ran - o.since)
		held = max(held, now.waited-o.waited-others)
		switch {
		case !now.ready: // its next wait begins after this look
			o.since, o.allSince = now.ran, m.ran
		case now.ran != o.ran || now.waited != o.waited: // the wait that it is in has begun after the look before
			o.since, o.allSince = o.ran, before
		}
		o.threadTimes = now
		seen[dir] = o
	}
	m.total += held
	m.threads = seen
}

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
	threads := map[string]threadTimes{}
	for _, dir := range r.threads() {
		if t, ok := readThreadTimes(dir); ok {
			threads[dir] = t
		}
	}
	cpu, err := r.s.accounting.cpu()
	if err != nil {
		cpu = 0 // what the threads themselves have used is known
	}
	r.meter.add(threads, cpu)
	return r.meter.total
}

// threads lists the threads of the run, as directories of /proc: those of the first process and its descendants, and those
// whose parents have ended, which then belong to the container server.
func (r *run) threads() []string {
	threads := descendants(r.program.Pid, nil)
	server := fmt.Sprintf("/proc/%d/task", r.s.client.Pid())
	entries, _ := os.ReadDir(server) // it may have just died, which shows elsewhere
	for _, e := range entries {
		for _, child := range childrenOf(server + "/" + e.Name()) {
			threads = descendants(child, threads)
		}
	}
	return threads
}

// readThreadTimes reads the times of a thread; false where it has ended, or the kernel does not count.
func readThreadTimes(dir string) (threadTimes, bool) {
	text, err := os.ReadFile(dir + "/schedstat")
	fields := bytes.Fields(text)
	if err != nil || len(fields) < 2 {
		return threadTimes{}, false
	}
	t := threadTimes{ran: time.Duration(number(fields[0])), waited: time.Duration(number(fields[1]))}
	// The state follows the name, which may hold anything and ends with the last parenthesis (man 5 proc_pid_stat).
	stat, err := os.ReadFile(dir + "/stat")
	if i := bytes.LastIndexByte(stat, ')'); err == nil && i+2 < len(stat) {
		t.ready = stat[i+2] == 'R'
	}
	return t, err == nil
}
