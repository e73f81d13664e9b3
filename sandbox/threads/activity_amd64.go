package threads

import "golang.org/x/sys/unix"

// olderWaitingCalls are those that later architectures do without.
var olderWaitingCalls = []int{unix.SYS_POLL, unix.SYS_SELECT, unix.SYS_EPOLL_WAIT}
