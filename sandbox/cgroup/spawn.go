package cgroup

import (
	"errors"
	"fmt"
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// StartServer calls start, which creates the container server and returns its pid, so that the server begins in its
// leaf and on its cores, with everything that it starts without entering another group.
//
// On version 1 start runs on a thread that has moved itself into those groups for the time: a thread may move itself
// without the global lock that every other move takes (package comment), which would be 11 of the 15 ms that building
// a container takes. On version 2 start gets the directory of the group in which to create the server, and in which
// the server has to unshare its control group namespace; the server is moved to its leaf after that.
func (g *Group) StartServer(start func(dir *os.File) (pid int, err error)) error {
	if g.host.version == 2 {
		return g.startInGroup(start)
	}
	done := make(chan error)
	go onPlainThread(done, func() error { return g.inServerGroup(func() error { _, err := start(nil); return err }) }) // joined here
	return <-done
}

// startInGroup starts the server on version 2. The server may place programs only in groups that its control group
// namespace shows (mount option nsdelegate, which systemd uses; kernel: Documentation/admin-guide/cgroup-v2.rst), so the
// root of that namespace must be the container's group. No process can be in that group once it enables controllers for
// its children, so a server that is started after Delegate or Start gets nil.
func (g *Group) startInGroup(start func(dir *os.File) (int, error)) error {
	var dir *os.File
	if g.run == nil {
		f, err := os.Open(g.dirs[0])
		if err != nil {
			return err
		}
		defer f.Close()
		dir = f
	}
	pid, err := start(dir)
	if err != nil {
		return err
	}
	return errors.Join(g.addServer(pid), g.open())
}

// onPlainThread calls do on a thread that is not the process's first one, whose memory group is that of the whole
// process. After an error the thread ends with this goroutine, because it may be in any of the groups.
func onPlainThread(done chan<- error, do func() error) {
	runtime.LockOSThread()
	if unix.Gettid() == os.Getpid() {
		// This goroutine keeps the first thread to itself, so that the next one gets another.
		other := make(chan error)
		go onPlainThread(other, do) // joined here
		err := <-other
		runtime.UnlockOSThread()
		done <- err
		return
	}
	err := do()
	if err == nil {
		runtime.UnlockOSThread()
	}
	done <- err
}

// inServerGroup calls do while this thread is in the server's groups, and moves it back to the worker's.
func (g *Group) inServerGroup(do func() error) error {
	var cores unix.CPUSet
	if err := unix.SchedGetaffinity(0, &cores); err != nil {
		return os.NewSyscallError("sched_getaffinity", err)
	}
	origin := make([]string, len(g.host.hierarchies))
	for i, hi := range g.host.hierarchies {
		origin[i] = hi.base
	}
	err := g.enter(g.server)
	if err == nil {
		err = do()
	}
	// Entering the original cpuset gives the thread every core of that, so its affinity is restored last.
	return errors.Join(err, g.enter(origin), os.NewSyscallError("sched_setaffinity", unix.SchedSetaffinity(0, &cores)))
}

// enter moves this thread to the groups at dirs, in every hierarchy in which the server has one.
func (g *Group) enter(dirs []string) error {
	for i, dir := range dirs {
		if g.server[i] == "" {
			continue
		}
		if err := writeOnce(dir, "tasks", "0"); err != nil {
			return fmt.Errorf("move a thread of the worker: %w", err)
		}
	}
	return nil
}
