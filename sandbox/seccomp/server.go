package seccomp

import (
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// serverCalls are the system calls of the container server once it wears the filter: those of the Go runtime,
// and those by which it serves commands and starts programs.
const serverCalls = `
	arch_prctl brk clock_gettime clock_nanosleep epoll_create1 epoll_ctl epoll_pwait eventfd2 exit exit_group fcntl
	futex getegid geteuid getgid getpid getppid getrandom gettid getuid madvise mincore mmap mprotect munmap
	nanosleep pipe2 prlimit64 read restart_syscall rt_sigaction rt_sigprocmask rt_sigreturn sched_getaffinity
	sched_yield set_robust_list set_tid_address sigaltstack tgkill timer_create timer_delete timer_settime uname
	write

	capget capset chdir close close_range dup2 dup3 epoll_wait execve execveat faccessat faccessat2 fchdir fchmod
	fchmodat fchown fchownat flistxattr fremovexattr fstat fstatfs ftruncate getdents64 getgroups getrlimit
	getsockopt kill linkat lseek memfd_create mkdirat newfstatat openat openat2 pidfd_open pidfd_send_signal poll
	ppoll pread64 pwrite64 readlinkat recvmsg renameat2 rt_sigtimedwait sendmsg setgid setgroups
	setpgid setresgid setresuid setrlimit setsid setsockopt setuid shutdown statx symlinkat umask unlinkat utimensat
	vfork wait4 waitid`

// ServerLacks lists the calls that the container server needs and that p does not simply allow. Under a
// policy with an empty list the server can put the filter on itself. needClone3 is for control groups
// version 2.
func (p *Policy) ServerLacks(needClone3 bool) []string {
	var lacks []string
	calls := strings.Fields(serverCalls)
	if needClone3 {
		calls = append(calls, "clone3")
	}
	for _, name := range calls {
		if !p.allowsAlways(name) {
			lacks = append(lacks, name)
		}
	}
	// Its own filter on all of its threads, and a further one of a program.
	for _, flags := range []uint64{unix.SECCOMP_FILTER_FLAG_TSYNC, 0} {
		if p.decide("seccomp", [6]uint64{unix.SECCOMP_SET_MODE_FILTER, flags}) != Allow() {
			lacks = append(lacks, "seccomp")
			break
		}
	}
	for _, option := range []uint64{unix.PR_SET_DUMPABLE, unix.PR_SET_KEEPCAPS, unix.PR_SET_NO_NEW_PRIVS, unix.PR_SET_SECCOMP, unix.PR_CAPBSET_DROP} {
		if p.decide("prctl", [6]uint64{option}) != Allow() {
			lacks = append(lacks, "prctl")
			break
		}
	}
	// The flags with which Go makes threads and forkexec makes children; no namespaces among them.
	const thread = unix.CLONE_VM | unix.CLONE_FS | unix.CLONE_FILES | unix.CLONE_SIGHAND | unix.CLONE_SYSVSEM |
		unix.CLONE_THREAD
	const child = unix.CLONE_VM | unix.CLONE_VFORK | unix.CLONE_PIDFD | uint64(unix.SIGCHLD)
	for _, flags := range []uint64{thread, child} {
		if p.decide("clone", [6]uint64{flags}) != Allow() {
			lacks = append(lacks, "clone")
			break
		}
	}
	return lacks
}

// allowsAlways reports whether the call passes with any arguments.
func (p *Policy) allowsAlways(name string) bool {
	return p.Default == Allow() && !slices.ContainsFunc(p.Groups, func(g Group) bool {
		return slices.Contains(g.Syscalls, name)
	}) || slices.ContainsFunc(p.Groups, func(g Group) bool {
		return g.Action == Allow() && g.When == nil && slices.Contains(g.Syscalls, name)
	})
}
