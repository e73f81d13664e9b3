package attacktest

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// askHost asks for what the kernel counts for each user, as the worker's user and again and again until done is closed, and
// tells what was refused: containers are counted for that user too.
func askHost(done <-chan struct{}) []string {
	tick := time.NewTicker(100 * time.Millisecond) // each time disturbs all processors
	defer tick.Stop()
	refused := map[string]int{}
	for {
		for name, ask := range map[string]func() error{
			"inotify instance": askInotify, "timer": askTimer, "message queue": askQueue, "locked memory": askLock,
		} {
			if err := ask(); err != nil {
				refused[name+": "+err.Error()]++
			}
		}
		select {
		case <-done:
			var found []string
			for _, what := range slices.Sorted(maps.Keys(refused)) {
				found = append(found, fmt.Sprintf("the host was refused %d times: %s", refused[what], what))
			}
			return found
		case <-tick.C:
		}
	}
}

// askInotify asks for an instance, and a watch in it.
func askInotify() error {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC)
	if err != nil {
		return os.NewSyscallError("inotify_init1", err)
	}
	defer unix.Close(fd)
	_, err = unix.InotifyAddWatch(fd, "/", unix.IN_DELETE_SELF)
	return os.NewSyscallError("inotify_add_watch", err)
}

// askTimer asks for a timer, which takes a pending signal.
func askTimer() error {
	var timer int32
	if _, _, errno := unix.Syscall(unix.SYS_TIMER_CREATE, unix.CLOCK_MONOTONIC, 0, uintptr(unsafe.Pointer(&timer))); errno != 0 {
		return os.NewSyscallError("timer_create", errno)
	}
	_, _, _ = unix.Syscall(unix.SYS_TIMER_DELETE, uintptr(timer), 0, 0)
	return nil
}

// askQueue asks for a message queue, and removes it at once.
func askQueue() error {
	name := append([]byte("gavel-attacktest"), 0)
	fd, _, errno := unix.Syscall6(unix.SYS_MQ_OPEN, uintptr(unsafe.Pointer(&name[0])), unix.O_CREAT|unix.O_RDWR|unix.O_CLOEXEC, 0o600, 0, 0, 0)
	if errno != 0 {
		return os.NewSyscallError("mq_open", errno)
	}
	_, _, _ = unix.Syscall(unix.SYS_MQ_UNLINK, uintptr(unsafe.Pointer(&name[0])), 0, 0)
	return unix.Close(int(fd))
}

// askLock asks for System V memory that stays in memory, which is counted for the user unlike that of mlock.
func askLock() error {
	const lock = 11 // SHM_LOCK
	id, err := unix.SysvShmGet(unix.IPC_PRIVATE, os.Getpagesize(), 0o600)
	if err != nil {
		return os.NewSyscallError("shmget", err)
	}
	_, lockErr := unix.SysvShmCtl(id, lock, nil)
	_, err = unix.SysvShmCtl(id, unix.IPC_RMID, nil)
	if lockErr != nil {
		err = lockErr
	}
	return os.NewSyscallError("shmctl", err)
}
