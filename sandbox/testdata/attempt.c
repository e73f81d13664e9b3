// Attempts, one by one, what no program in a container may do, and tells what the kernel says. Each attempt has
// a process of its own. What only the seccomp policy refuses is left out when the argument is "unfiltered".
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static long clone_user(void)
{
	long pid = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);
	if (pid == 0)
		_exit(0);
	return pid;
}

static long clone3_user(void)
{
	struct clone_args args = {.flags = CLONE_NEWUSER, .exit_signal = SIGCHLD};
	long pid = syscall(SYS_clone3, &args, sizeof args);
	if (pid == 0)
		_exit(0);
	return pid;
}

static long join_own_mounts(void)
{
	return setns(open("/proc/self/ns/mnt", O_RDONLY), 0);
}

static long read_server(void)
{
	char c;
	struct iovec mine = {&c, 1}, theirs = {&c, 1};
	return process_vm_readv(1, &mine, 1, &theirs, 1, 0);
}

static long pidfd_kill_server(void)
{
	int fd = syscall(SYS_pidfd_open, 1, 0);
	return fd < 0 ? fd : syscall(SYS_pidfd_send_signal, fd, SIGKILL, NULL, 0);
}

static long take_servers_socket(void)
{
	int fd = syscall(SYS_pidfd_open, 1, 0);
	return fd < 0 ? fd : syscall(SYS_pidfd_getfd, fd, 3, 0);
}

static long limit_server(void)
{
	struct rlimit none = {0, 0};
	return prlimit(1, RLIMIT_NOFILE, &none, NULL);
}

static long raise_own_limit(void)
{
	struct rlimit all = {1 << 20, 1 << 20};
	return setrlimit(RLIMIT_NOFILE, &all);
}

static long bind_server_to_core(void)
{
	cpu_set_t set;
	CPU_ZERO(&set);
	CPU_SET(0, &set);
	return sched_setaffinity(1, sizeof set, &set);
}

static long real_time(void)
{
	struct sched_param p = {.sched_priority = 1};
	return syscall(SYS_sched_setscheduler, 0, SCHED_FIFO, &p);
}

static long take_all_capabilities(void)
{
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct all[2] = {{~0U, ~0U, ~0U}, {~0U, ~0U, ~0U}};
	return syscall(SYS_capset, &header, all);
}

static long create(const char *path) { return open(path, O_CREAT | O_WRONLY, 0644); }

static long set_clock(void)
{
	struct timeval t = {0, 0};
	return settimeofday(&t, NULL);
}

static long open_host_by_handle(void)
{
	struct { struct file_handle head; uint32_t body[2]; } h = {.head = {.handle_bytes = 8, .handle_type = 1}, .body = {2, 0}};
	return open_by_handle_at(open("/usr", O_RDONLY), &h.head, O_RDONLY);
}

static long give_away(void)
{
	close(open("/tmp/given", O_CREAT | O_WRONLY, 0644));
	return chown("/tmp/given", 0, 0);
}

static long note_on_directory(void) { return syscall(SYS_setxattr, "/w", "user.note", "x", 1, 0); }

static long listen_to_calls(void)
{
	struct sock_filter all[] = {{BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW}};
	struct sock_fprog program = {1, all};

	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
}

// The second column says whether only the policy refuses it.
#define EACH(A) \
	A("mount a tmpfs", 0, mount("tmpfs", "/tmp", "tmpfs", 0, NULL)) \
	A("mount a bind", 0, mount("/usr", "/tmp", NULL, MS_BIND, NULL)) \
	A("remount /usr writable", 0, mount(NULL, "/usr", NULL, MS_REMOUNT | MS_BIND, NULL)) \
	A("unmount /proc", 0, umount2("/proc", MNT_DETACH)) \
	A("open a file system", 0, syscall(SYS_fsopen, "tmpfs", 0)) \
	A("pivot_root", 0, syscall(SYS_pivot_root, "/tmp", "/tmp")) \
	A("chroot", 0, chroot("/tmp")) \
	A("unshare users", 0, unshare(CLONE_NEWUSER)) \
	A("unshare network", 0, unshare(CLONE_NEWNET)) \
	A("unshare mounts", 0, unshare(CLONE_NEWNS)) \
	A("unshare processes", 0, unshare(CLONE_NEWPID)) \
	A("clone into new users", 0, clone_user()) \
	A("clone3 into new users", 0, clone3_user()) \
	A("setns", 0, join_own_mounts()) \
	A("attach to pid 1", 0, ptrace(PTRACE_ATTACH, 1, 0, 0)) \
	A("seize pid 1", 0, ptrace(PTRACE_SEIZE, 1, 0, 0)) \
	A("read pid 1", 0, read_server()) \
	A("open memory of pid 1", 0, open("/proc/1/mem", O_RDWR)) \
	A("open program of pid 1", 0, open("/proc/1/exe", O_WRONLY)) \
	A("open environment of pid 1", 0, open("/proc/1/environ", O_RDONLY)) \
	A("open descriptor of pid 1", 0, open("/proc/1/fd/3", O_RDWR)) \
	A("enter root of pid 1", 0, chdir("/proc/1/root")) \
	A("kill pid 1", 0, kill(1, SIGKILL)) \
	A("stop pid 1", 0, kill(1, SIGSTOP)) \
	A("interrupt pid 1", 0, kill(1, SIGINT)) \
	A("kill pid 1 by pidfd", 0, pidfd_kill_server()) \
	A("take the socket of pid 1", 0, take_servers_socket()) \
	A("limit pid 1", 0, limit_server()) \
	A("slow pid 1 down", 0, setpriority(PRIO_PROCESS, 1, 19)) \
	A("bind pid 1 to a core", 0, bind_server_to_core()) \
	A("raise own limit", 0, raise_own_limit()) \
	A("raise own priority", 0, setpriority(PRIO_PROCESS, 0, -1)) \
	A("real time", 0, real_time()) \
	A("become uid 0", 0, setuid(0)) \
	A("become gid 0", 0, setgid(0)) \
	A("become uid 1001", 0, setresuid(1001, 1001, 1001)) \
	A("join a group", 0, syscall(SYS_setgroups, 1, (gid_t[]){0})) \
	A("take capabilities", 0, take_all_capabilities()) \
	A("ambient capability", 0, prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_SYS_ADMIN, 0, 0)) \
	A("make a device", 0, mknod("/tmp/device", S_IFBLK | 0600, makedev(8, 0))) \
	A("give a file to root", 0, give_away()) \
	A("write to /", 0, create("/x")) \
	A("write to /usr", 0, create("/usr/x")) \
	A("write to /etc", 0, create("/etc/x")) \
	A("write to /dev", 0, create("/dev/x")) \
	A("write to /judge", 0, create("/judge/x")) \
	A("write /etc/passwd", 0, open("/etc/passwd", O_WRONLY)) \
	A("write /usr/bin/env", 0, open("/usr/bin/env", O_WRONLY)) \
	A("write a kernel setting", 0, open("/proc/sys/kernel/hostname", O_WRONLY)) \
	A("set host name", 0, sethostname("x", 1)) \
	A("set the clock", 0, set_clock()) \
	A("reboot", 0, syscall(SYS_reboot, 0xfee1dead, 672274793, 0, NULL)) \
	A("load a module", 0, syscall(SYS_init_module, NULL, 0, "")) \
	A("load a kernel", 0, syscall(SYS_kexec_load, 0, 0, NULL, 0)) \
	A("swap", 0, syscall(SYS_swapon, "/tmp", 0)) \
	A("accounting", 0, syscall(SYS_acct, NULL)) \
	A("open by handle", 0, open_host_by_handle()) \
	A("fanotify", 1, syscall(SYS_fanotify_init, 0, 0)) \
	A("kernel log", 1, syscall(SYS_syslog, 3, NULL, 0)) \
	A("bpf", 1, syscall(SYS_bpf, 0, NULL, 0)) \
	A("perf events", 1, syscall(SYS_perf_event_open, NULL, 0, -1, -1, 0)) \
	A("userfaultfd", 1, syscall(SYS_userfaultfd, 0)) \
	A("io_uring", 1, syscall(SYS_io_uring_setup, 1, NULL)) \
	A("add a key", 1, syscall(SYS_add_key, "user", "gavel", "x", 1, -3)) \
	A("ask for a key", 1, syscall(SYS_keyctl, 0, -3, 1)) \
	A("System V memory", 1, syscall(SYS_shmget, 0x6761, 4096, 01666)) \
	A("System V queue", 1, syscall(SYS_msgget, 0x6761, 01666)) \
	A("System V semaphores", 1, syscall(SYS_semget, 0x6761, 1, 01666)) \
	A("POSIX queue", 1, syscall(SYS_mq_open, "gavel", O_CREAT | O_RDWR, 0600, NULL)) \
	A("attribute on /w", 1, note_on_directory()) \
	A("system calls that wait for a listener", 1, listen_to_calls()) \
	A("a core of its own", 1, prctl(62 /* PR_SCHED_CORE */, 1 /* PR_SCHED_CORE_CREATE */, 0, 0, 0)) \
	A("secret memory", 1, syscall(SYS_memfd_secret, 0)) \
	A("IPv4 socket", 1, socket(AF_INET, SOCK_STREAM, 0)) \
	A("IPv6 socket", 1, socket(AF_INET6, SOCK_DGRAM, 0)) \
	A("netlink socket", 1, socket(AF_NETLINK, SOCK_RAW, 0)) \
	A("packet socket", 0, socket(AF_PACKET, SOCK_RAW, 0)) \
	A("raw socket", 0, socket(AF_INET, SOCK_RAW, 1)) \
	A("crypto socket", 1, socket(AF_ALG, SOCK_SEQPACKET, 0)) \
	A("vsock socket", 1, socket(AF_VSOCK, SOCK_STREAM, 0))

static void attempt(const char *name, int filtered, int unfiltered, long (*call)(void))
{
	int status;

	if (filtered && unfiltered)
		return;
	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		errno = 0;
		long result = call();
		printf("%s: %s\n", name, result >= 0 ? "done" : strerrorname_np(errno));
		fflush(stdout);
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0)
		printf("%s: status %#x\n", name, status);
}

int main(int argc, char **argv)
{
	int unfiltered = argc > 1 && strcmp(argv[1], "unfiltered") == 0;

#define ATTEMPT(name, filtered, call) \
	{ \
		long make(void) { return (long)(call); } \
		attempt(name, filtered, unfiltered, make); \
	}
	EACH(ATTEMPT)
	return 0;
}
