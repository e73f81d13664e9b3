package cgroup

import (
	"errors"
	"fmt"
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// StartServer calls start, which makes the container server and returns its pid, so that the server is in its leaf
// and on its cores, and with it everything that it starts without entering a group of its own. On version 1 it is
// born there: start runs on a thread that is in those groups meanwhile, since a thread may move itself without the
// global lock that every other move takes (package comment), 11 ms of the 15 that a container took to build. On
// version 2 start gets the group to make the server in, where it has to take its control group namespace; it is moved
// on when it is there.
func (g *Group) StartServer(start func(born *os.File) (pid int, err error)) error {
	if g.host.version == 2 {
		return g.bear(start)
	}
	done := make(chan error)
	go onPlainThread(done, func() error { return g.visit(func() error { _, err := start(nil); return err }) }) // joined here
	return <-done
}

// bear is StartServer on version 2. The server may place programs only in groups that its control group namespace
// shows (mount option nsdelegate, which systemd uses; kernel: Documentation/admin-guide/cgroup-v2.rst), so the top of
// that must be the container's group. Nobody can be in there once it hands controllers down, so a server that comes after
// Delegate or Start gets nil.
func (g *Group) bear(start func(born *os.File) (int, error)) error {
	var born *os.File
	if g.run == nil {
		dir, err := os.Open(g.dirs[0])
		if err != nil {
			return err
		}
		defer dir.Close()
		born = dir
	}
	pid, err := start(born)
	if err != nil {
		return err
	}
	return errors.Join(g.addServer(pid), g.open())
}

// onPlainThread calls do on a thread that is not the process's first one, whose memory group is that of the whole
// process. After an error the thread ends with this goroutine: nobody knows which groups it is in.
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

// visit does something while this thread is in the server's groups, and takes it back to the worker's.
func (g *Group) visit(do func() error) error {
	var cores unix.CPUSet
	if err := unix.SchedGetaffinity(0, &cores); err != nil {
		return os.NewSyscallError("sched_getaffinity", err)
	}
	home := make([]string, len(g.host.hierarchies))
	for i, hi := range g.host.hierarchies {
		home[i] = hi.base
	}
	err := g.enter(g.server)
	if err == nil {
		err = do()
	}
	// Going home gives the thread every core of the group there.
	return errors.Join(err, g.enter(home), os.NewSyscallError("sched_setaffinity", unix.SchedSetaffinity(0, &cores)))
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
