#define _GNU_SOURCE
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#ifndef CLONE_CLEAR_SIGHAND
#define CLONE_CLEAR_SIGHAND 0x100000000ULL
#endif
#ifndef CLONE_INTO_CGROUP
#define CLONE_INTO_CGROUP 0x200000000ULL
#endif
#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1U << 2)
#endif

// The kernel's signal set, whatever the C library's is.
typedef uint64_t kernel_sigset;

// Raw system calls throughout: glibc's setresuid and its kin signal every thread of the parent.

static int64_t clock_ns(clockid_t id)
{
	struct timespec t;
	if (syscall(SYS_clock_gettime, id, &t) != 0)
		return 0;
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void give_up(struct gavel_exec *e, int step)
{
	e->step = step;
	e->err = errno;
	syscall(SYS_exit_group, 127);
	__builtin_unreachable();
}

// out_of_the_way moves *fd above the numbers that the program's descriptors will take.
static void out_of_the_way(struct gavel_exec *e, int *fd)
{
	if (*fd < 0 || *fd >= e->nfds)
		return;
	int moved = syscall(SYS_fcntl, *fd, F_DUPFD_CLOEXEC, e->nfds);
	if (moved < 0)
		give_up(e, GAVEL_DESCRIPTORS);
	*fd = moved;
}

static void set_descriptors(struct gavel_exec *e)
{
	out_of_the_way(e, &e->exec_fd);
	for (int i = 0; i < e->nenter; i++)
		out_of_the_way(e, &e->enter[i]);
	for (int i = 0; i < e->nfds; i++)
		if (e->fds[i] != i)
			out_of_the_way(e, &e->fds[i]);
	for (int i = 0; i < e->nfds; i++) {
		if (e->fds[i] == i) {
			if (syscall(SYS_fcntl, i, F_SETFD, 0) < 0)
				give_up(e, GAVEL_DESCRIPTORS);
		} else if (syscall(SYS_dup3, e->fds[i], i, 0) < 0) {
			give_up(e, GAVEL_DESCRIPTORS);
		}
	}
	// Everything else is close-on-exec already; this holds even if a descriptor ever is not.
	if (syscall(SYS_close_range, e->nfds, ~0U, CLOSE_RANGE_CLOEXEC) < 0 && errno != ENOSYS)
		give_up(e, GAVEL_DESCRIPTORS);
}

static void drop_capabilities(struct gavel_exec *e)
{
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct none[2] = {{0, 0, 0}, {0, 0, 0}};
	if (syscall(SYS_capset, &header, none) < 0)
		give_up(e, GAVEL_CAPABILITIES);
}

static void set_credentials(struct gavel_exec *e)
{
	// Supplementary groups and gid go while there still is the capability to change them.
	if (syscall(SYS_setgroups, 0, NULL) < 0)
		give_up(e, GAVEL_GROUPS);
	if (syscall(SYS_setresgid, e->gid, e->gid, e->gid) < 0)
		give_up(e, GAVEL_GID);
	// The uid comes next; leaving uid 0 also clears the permitted and effective capabilities.
	if (syscall(SYS_setresuid, e->uid, e->uid, e->uid) < 0)
		give_up(e, GAVEL_UID);
	// What leaving uid 0 does not clear (the inheritable set) goes explicitly.
	drop_capabilities(e);
}

static void enter_control_groups(struct gavel_exec *e)
{
	for (int i = 0; i < e->nenter; i++) {
		// Reading the thread's CPU clock makes the kernel book what was used so far to the old group,
		// so that the set-up is not billed to the program.
		if (i == e->nenter - 1)
			e->setup_cpu_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID);
		// "0" means the writer. Any other pid, and any write to cgroup.procs, takes a global lock that
		// can wait for an RCU grace period: 11 ms on an idle machine.
		if (syscall(SYS_write, e->enter[i], "0", 1) != 1)
			give_up(e, GAVEL_CGROUP);
	}
}

static int child(void *arg)
{
	struct gavel_exec *e = arg;

	// First, while nothing is restricted yet: the numbers below are those of the parent's table.
	set_descriptors(e);
	// A session of its own, before anything that could give it a terminal.
	if (e->session && syscall(SYS_setsid) < 0)
		give_up(e, GAVEL_SESSION);
	// The directory while the parent's privileges still open the way to it.
	if (e->dir && syscall(SYS_chdir, e->dir) < 0)
		give_up(e, GAVEL_DIRECTORY);
	// Limits after the descriptors (RLIMIT_NOFILE), before the uid: hard limits are only ever lowered.
	for (int i = 0; i < e->nrlimits; i++)
		if (syscall(SYS_prlimit64, 0, e->rlimits[i].resource, &e->rlimits[i].value, NULL) < 0)
			give_up(e, GAVEL_RLIMIT);
	// Privileges go once nothing below needs them.
	if (e->change_ids)
		set_credentials(e);
	else if (e->drop_caps)
		drop_capabilities(e);
	// Before seccomp, which an unprivileged process may only set with it.
	if (syscall(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		give_up(e, GAVEL_NO_NEW_PRIVS);
	// As late as possible, so that as little of the set-up as possible is billed. The descriptors were
	// opened by the worker, and the kernel checks their opener's rights.
	enter_control_groups(e);
	// After every call that the filter may refuse.
	if (e->filter) {
		struct sock_fprog program = {e->filter_len, (struct sock_filter *)e->filter};
		if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0)
			give_up(e, GAVEL_SECCOMP);
	}
	// Signals stay blocked until here, so that none finds the parent's handlers in borrowed memory.
	kernel_sigset nothing = 0;
	if (syscall(SYS_rt_sigprocmask, SIG_SETMASK, &nothing, NULL, sizeof nothing) < 0)
		give_up(e, GAVEL_SIGNALS);

	e->start_ns = clock_ns(CLOCK_MONOTONIC);
	e->setup_cpu_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID) - e->setup_cpu_ns;
	if (e->path)
		syscall(SYS_execve, e->path, e->argv, e->envp);
	else
		syscall(SYS_execveat, e->exec_fd, "", e->argv, e->envp, AT_EMPTY_PATH);
	give_up(e, GAVEL_EXEC);
	return 0;
}

#if defined(__x86_64__)
// clone_into is clone3, which alone can place the child in a control group of version 2. The C library has no
// wrapper for it, and the child must not return on the parent's stack.
static long clone_into(struct clone_args *args, int (*fn)(void *), void *arg)
{
	long ret;
	__asm__ volatile(
		"syscall\n\t"
		"test %%rax, %%rax\n\t"
		"jnz 1f\n\t"
		"xor %%ebp, %%ebp\n\t"
		"mov %[arg], %%rdi\n\t"
		"call *%[fn]\n\t"
		"hlt\n"
		"1:"
		: "=a"(ret)
		: "a"(SYS_clone3), "D"(args), "S"(sizeof *args), [fn] "r"(fn), [arg] "r"(arg)
		: "rcx", "r11", "memory");
	return ret;
}
#elif defined(__aarch64__)
static long clone_into(struct clone_args *args, int (*fn)(void *), void *arg)
{
	register long x8 __asm__("x8") = SYS_clone3;
	register long x0 __asm__("x0") = (long)args;
	register long x1 __asm__("x1") = sizeof *args;
	register void *x9 __asm__("x9") = arg;
	register int (*x10)(void *) __asm__("x10") = fn;
	__asm__ volatile(
		"svc #0\n\t"
		"cbnz x0, 1f\n\t"
		"mov x29, xzr\n\t"
		"mov x0, x9\n\t"
		"blr x10\n\t"
		"brk #0\n"
		"1:"
		: "+r"(x0)
		: "r"(x8), "r"(x1), "r"(x9), "r"(x10)
		: "x30", "memory");
	return x0;
}
#else
#error "gavel knows how to start programs on x86-64 and arm64 only"
#endif

static int vfork_child(struct gavel_exec *e)
{
	int pidfd = e->want_pidfd ? CLONE_PIDFD : 0;
	if (e->cgroup_fd < 0)
		return clone(child, e->stack_top, CLONE_VM | CLONE_VFORK | pidfd | SIGCHLD, e, &e->pidfd);
	// clone3 takes the lowest address and the size; what lies below stack_top is the caller's to know, so
	// the smallest stack that the steps need is named here.
	enum { stack_size = 32 * 1024 };
	struct clone_args args = {
		.flags = CLONE_VM | CLONE_VFORK | CLONE_CLEAR_SIGHAND | CLONE_INTO_CGROUP | pidfd,
		.pidfd = (uint64_t)(uintptr_t)&e->pidfd,
		.exit_signal = SIGCHLD,
		.stack = (uint64_t)(uintptr_t)(e->stack_top - stack_size),
		.stack_size = stack_size,
		.cgroup = e->cgroup_fd,
	};
	long pid = clone_into(&args, child, e);
	if (pid < 0) {
		errno = -pid;
		return -1;
	}
	return pid;
}

int gavel_start(struct gavel_exec *e)
{
	kernel_sigset all = ~(kernel_sigset)0, before;

	e->err = 0;
	e->step = 0;
	e->start_ns = e->setup_cpu_ns = 0;
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, &before, sizeof all);
	int pid = vfork_child(e);
	if (pid < 0) {
		e->step = GAVEL_CLONE;
		e->err = errno;
	}
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &before, NULL, sizeof before);
	return pid;
}

// The kernel's struct sigaction. The C library's sigaction refuses the two signals that it keeps for itself,
// and a parent may have ignored those too.
struct kernel_sigaction {
	void (*handler)(int);
	unsigned long flags;
	void (*restorer)(void);
	kernel_sigset mask;
};

void gavel_default_signals(void)
{
	for (int sig = 1; sig <= 8 * (int)sizeof(kernel_sigset); sig++) {
		struct kernel_sigaction now;
		if (syscall(SYS_rt_sigaction, sig, NULL, &now, sizeof now.mask) == 0 && now.handler == SIG_IGN) {
			now.handler = SIG_DFL;
			syscall(SYS_rt_sigaction, sig, &now, NULL, sizeof now.mask);
		}
	}
}

void gavel_clear_signal_handlers(void)
{
	// The kernel's struct sigaction, all zero: SIG_DFL. Raw, because the C library keeps two signals to itself.
	struct { void *handler; unsigned long flags; void *restorer; kernel_sigset mask; } none;
	memset(&none, 0, sizeof none);
	for (int sig = 1; sig < NSIG; sig++)
		syscall(SYS_rt_sigaction, sig, &none, NULL, sizeof(kernel_sigset));
}
