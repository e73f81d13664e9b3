package threads

import (
	"bytes"
	"os"
	"strconv"
	"time"
)

// Times are what one thread has had since it was made: the first two fields of /proc/pid/task/tid/schedstat (kernel:
// Documentation/scheduler/sched-stats.rst), and whether it is ready or runs now.
type Times struct {
	ran    time.Duration // on a core
	waited time.Duration // ready to run, and without a core
	ready  bool
}

// DelayMeter adds up the time in which a run could not go on because of what else its host had to do: at least one of its
// threads was ready, and none ran. The kernel tells only how long each thread was ready, once it has got its core, and while
// one of them was, another may have run. So of the time that a thread was ready, the meter counts what is left without all
// that the others have run since the wait can have begun. That is nothing on an idle host, whatever the threads do to each
// other, and all of it where one thread is ready all the time; where threads take turns the looks have to be close together.
// Of a process that lives for less than the time between two of them, little is counted.
type DelayMeter struct {
	threads map[string]observedThread // at the last look, by directory of /proc
	cpu     time.Duration             // of all threads of the run, as the accounting has it
	ran     time.Duration             // the same, with what the threads themselves say
	Total   time.Duration             // of the run so far
}

// observedThread is a thread at the last look, and what its next wait is to be compared with.
type observedThread struct {
	Times
	// since is the last look before the wait that it may be in: what it had run then, and all threads together.
	since, allSince time.Duration
}

// Add counts the time since the last look, or since the start. cpu is what all threads have used, those included that have
// ended since.
func (m *DelayMeter) Add(threads map[string]Times, cpu time.Duration) {
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
		o.Times = now
		seen[dir] = o
	}
	m.Total += held
	m.threads = seen
}

// ReadTimes reads the times of a thread; false where it has ended, or the kernel does not count.
func ReadTimes(dir string) (Times, bool) {
	text, err := os.ReadFile(dir + "/schedstat")
	fields := bytes.Fields(text)
	if err != nil || len(fields) < 2 {
		return Times{}, false
	}
	t := Times{ran: nanoseconds(fields[0]), waited: nanoseconds(fields[1])}
	// The state follows the name, which may hold anything and ends with the last parenthesis (man 5 proc_pid_stat).
	stat, err := os.ReadFile(dir + "/stat")
	if i := bytes.LastIndexByte(stat, ')'); err == nil && i+2 < len(stat) {
		t.ready = stat[i+2] == 'R'
	}
	return t, err == nil
}

// nanoseconds reads a decimal number of them; anything else is 0.
func nanoseconds(text []byte) time.Duration {
	n, _ := strconv.ParseInt(string(text), 10, 64)
	return time.Duration(n)
}
