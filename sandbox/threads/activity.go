package threads

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Activity is what the processes of a run are doing at the moment of the call.
type Activity int

// The activities.
const (
	Unknown   Activity = iota // the kernel does not report it
	Waiting                   // a thread waits for input, or for room for its output
	Computing                 // none does, and a thread runs or could
	Sleeping                  // all of them wait for something else
)

// waitingCalls are the system calls in which a program waits for its input or output. Those that wait for one of
// several descriptors may also only be passing time; who waits in them is given the benefit of the doubt.
var waitingCalls = append([]int{
	unix.SYS_READ, unix.SYS_READV, unix.SYS_WRITE, unix.SYS_WRITEV, unix.SYS_PPOLL, unix.SYS_PSELECT6, unix.SYS_EPOLL_PWAIT,
}, olderWaitingCalls...)

// ActivityOf returns the activity of the process pid and its descendants.
func ActivityOf(pid int) Activity {
	found := Unknown
	for _, thread := range Of(pid, nil) {
		switch a := activityOfThread(thread); {
		case a == Waiting:
			return a
		case a == Computing, found == Unknown:
			found = a
		}
	}
	return found
}

// Of adds the threads of a process and of its descendants, as directories of /proc, to those that are known.
func Of(pid int, threads []string) []string {
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
		for _, child := range Children(thread) {
			threads = Of(child, threads)
		}
	}
	return threads
}

// Children lists the processes that a thread, as a directory of /proc, has made and that are there. A kernel without
// /proc/pid/task/tid/children shows none.
func Children(thread string) (pids []int) {
	text, _ := os.ReadFile(thread + "/children") // it may have just ended
	for child := range strings.FieldsSeq(string(text)) {
		if pid, err := strconv.Atoi(child); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}

// activityOfThread reads /proc/pid/task/tid/syscall (man 5 proc_pid_syscall): "running", or the number of the system
// call in which the thread is blocked.
func activityOfThread(dir string) Activity {
	text, err := os.ReadFile(dir + "/syscall")
	fields := strings.Fields(string(text))
	if err != nil || len(fields) == 0 {
		return Unknown
	}
	if fields[0] == "running" {
		return Computing
	}
	number, err := strconv.Atoi(fields[0])
	switch {
	case err != nil:
		return Unknown
	case slices.Contains(waitingCalls, number):
		return Waiting
	}
	return Sleeping
}
