package sandbox

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// activity is what the processes of a run are doing at the moment of the call.
type activity int

const (
	activityUnknown   activity = iota // the kernel does not report it
	activityWaiting                   // a thread waits for input, or for room for its output
	activityComputing                 // none does, and a thread runs or could
	activitySleeping                  // all of them wait for something else
)

// waitingCalls are the system calls in which a program waits for its input or output. Those that wait for one of
// several descriptors may also only be passing time; who waits in them is given the benefit of the doubt.
var waitingCalls = append([]int{
	unix.SYS_READ, unix.SYS_READV, unix.SYS_WRITE, unix.SYS_WRITEV, unix.SYS_PPOLL, unix.SYS_PSELECT6, unix.SYS_EPOLL_PWAIT,
}, olderWaitingCalls...)

// activityOf returns the activity of the process pid and its descendants.
func activityOf(pid int) activity {
	found := activityUnknown
	for _, thread := range descendants(pid, nil) {
		switch a := threadActivity(thread); {
		case a == activityWaiting:
			return a
		case a == activityComputing, found == activityUnknown:
			found = a
		}
	}
	return found
}

// descendants lists the threads of a process and of its descendants, as directories of /proc.
func descendants(pid int, threads []string) []string {
	dir := fmt.Sprintf("/proc/%d/task", pid)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return threads // it has just ended
	}
	for _, e := range entries {
		thread := dir + "/" + e.Name()
		if slices.Contains(threads, thread) {
			continue
		}
		threads = append(threads, thread)
		for _, child := range childrenOf(thread) {
			threads = descendants(child, threads)
		}
	}
	return threads
}

// childrenOf lists the processes that a thread, as a directory of /proc, has made and that are there. A kernel without
// /proc/pid/task/tid/children shows none.
func childrenOf(thread string) (pids []int) {
	text, _ := os.ReadFile(thread + "/children") // it may have just ended
	for child := range strings.FieldsSeq(string(text)) {
		if pid, err := strconv.Atoi(child); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}

// threadActivity reads /proc/pid/task/tid/syscall (man 5 proc_pid_syscall): "running", or the number of the system
// call in which the thread is blocked.
func threadActivity(dir string) activity {
	text, err := os.ReadFile(dir + "/syscall")
	fields := strings.Fields(string(text))
	if err != nil || len(fields) == 0 {
		return activityUnknown
	}
	if fields[0] == "running" {
		return activityComputing
	}
	number, err := strconv.Atoi(fields[0])
	switch {
	case err != nil:
		return activityUnknown
	case slices.Contains(waitingCalls, number):
		return activityWaiting
	}
	return activitySleeping
}
