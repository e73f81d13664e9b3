package cgroup

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// emptyDeadline bounds how long dying processes are waited for. A process in uninterruptible sleep, or one
// that has gigabytes to give back, takes its time.
const emptyDeadline = 10 * time.Second

// killAll kills every process in the groups at dirs and waits until they are empty.
func killAll(dirs []string) error {
	deadline := time.Now().Add(emptyDeadline)
	for _, dir := range dirs {
		// Without this a fork bomb can outrun us. The files are missing where there is no such controller.
		_ = writeOnce(dir, "pids.max", "0")
		_ = writeOnce(dir, "cgroup.kill", "1")
	}
	for {
		members, err := membersOf(dirs)
		if err != nil || len(members) == 0 {
			return err
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("kill %s: processes %v are still there after %v", dirs[0], members, emptyDeadline)
		}
		if err := killSome(dirs, members, deadline); err != nil {
			return err
		}
		if slices.Contains(members, os.Getpid()) {
			<-time.After(time.Millisecond) // until the thread has moved back or ended
		}
	}
}

// killSome kills the members and waits for their end. A pid may have been reused by another process, so each is turned
// into a pidfd first, and must then be listed once more.
func killSome(dirs []string, members []int, deadline time.Time) error {
	var dying []unix.PollFd
	defer func() {
		for _, d := range dying {
			_ = unix.Close(int(d.Fd)) // a pidfd has nothing to lose
		}
	}()
	var pids []int
	for _, pid := range members {
		fd, err := unix.PidfdOpen(pid, 0)
		if errors.Is(err, unix.ESRCH) || errors.Is(err, unix.EINVAL) {
			continue // gone meanwhile
		}
		if err != nil {
			return os.NewSyscallError("pidfd_open", err)
		}
		pids, dying = append(pids, pid), append(dying, unix.PollFd{Fd: int32(fd), Events: unix.POLLIN})
	}
	still, err := membersOf(dirs)
	if err != nil {
		return err
	}
	for i, pid := range pids {
		// Our own process shows up while one of its threads makes a container server; see StartServer.
		if pid == os.Getpid() || !slices.Contains(still, pid) {
			dying[i].Events = 0
			continue
		}
		if err := unix.PidfdSendSignal(int(dying[i].Fd), unix.SIGKILL, nil, 0); err != nil &&
			!errors.Is(err, unix.ESRCH) {
			return fmt.Errorf("kill process %d: %w", pid, os.NewSyscallError("pidfd_send_signal", err))
		}
	}
	return awaitEnd(dying, deadline)
}

// awaitEnd waits until the process of every pidfd with Events set has ended, or the deadline passes.
func awaitEnd(dying []unix.PollFd, deadline time.Time) error {
	for i := range dying {
		if dying[i].Events == 0 {
			continue
		}
		left := max(time.Until(deadline).Milliseconds(), 0)
		if _, err := unix.Poll(dying[i:i+1], int(left)); err != nil && !errors.Is(err, unix.EINTR) {
			return os.NewSyscallError("poll", err)
		}
	}
	return nil
}

// membersOf lists the processes in the groups at dirs, each once; a group that does not exist has none.
func membersOf(dirs []string) ([]int, error) {
	var all []int
	for _, dir := range dirs {
		text, err := readOnce(dir, "cgroup.procs")
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ENODEV) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("list members: %w", err)
		}
		pids, err := parsePids(text)
		if err != nil {
			return nil, fmt.Errorf("list members of %s: %w", dir, err)
		}
		all = append(all, pids...)
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}

// parsePids reads cgroup.procs. Processes of a foreign pid namespace show as 0; they are an error, since
// nobody can kill them from here, and kill(0) would hit ourselves.
func parsePids(text string) ([]int, error) {
	var pids []int
	for word := range strings.FieldsSeq(text) {
		pid, err := strconv.Atoi(word)
		if err != nil {
			return nil, err
		}
		if pid <= 0 {
			return nil, errors.New("a process of a pid namespace that is not visible from here")
		}
		pids = append(pids, pid)
	}
	return pids, nil
}

// destroy kills what is in the trees of groups at tops and removes them, tops[0] last of all: it bears the
// lock. What does not exist is no error.
func destroy(tops []string) error {
	var dirs []string
	for _, top := range slices.Backward(tops) {
		below, err := groupsBelow(top)
		if err != nil {
			return err
		}
		dirs = append(dirs, below...)
	}
	if err := killAll(dirs); err != nil {
		return err
	}
	var errs []error
	for _, dir := range dirs {
		errs = append(errs, removeEmpty(dir))
	}
	return errors.Join(errs...)
}

// groupsBelow lists top and every group in it, deepest first.
func groupsBelow(top string) ([]string, error) {
	var dirs []string
	err := filepath.WalkDir(top, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil // top is not there, or a group went away beneath us
		case err != nil:
			return err
		case entry.IsDir():
			dirs = append(dirs, path)
		}
		return nil
	})
	slices.SortStableFunc(dirs, func(a, b string) int {
		return -cmp.Compare(strings.Count(a, "/"), strings.Count(b, "/"))
	})
	return dirs, err
}

// removeEmpty removes a group without members. The kernel may say EBUSY for a moment after the last member
// has gone, and gives no event to wait for.
func removeEmpty(dir string) error {
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	deadline := time.Now().Add(emptyDeadline)
	for {
		err := unix.Rmdir(dir)
		switch {
		case err == nil || errors.Is(err, unix.ENOENT):
			return nil
		case !errors.Is(err, unix.EBUSY) && !errors.Is(err, unix.EINTR) || time.Now().After(deadline):
			return &os.PathError{Op: "rmdir", Path: dir, Err: err}
		}
		<-tick.C
	}
}
