#include "attack.h"
static const char *const files[] = {"environ", "cmdline", "mem", "maps", "stack", "io", "auxv", "syscall", "cwd/.", "root/etc/shadow",
	"root/" CANARY, "fd/0", "fd/3", "fd/4", "fd/5", "exe", "mountinfo", "smaps", "task/1/mem", "map_files", "timers", "pagemap"};
static const char *const host[] = {"/proc/kcore", "/proc/kmsg", "/proc/kallsyms", "/proc/keys", "/proc/sysrq-trigger", "/proc/cmdline",
	"/proc/config.gz", "/proc/slabinfo", "/proc/sched_debug", "/proc/timer_list", "/proc/vmallocinfo", "/proc/sysvipc/shm", "/sys/kernel/notes",
	"/sys/class/net", "/sys/kernel/debug", "/sys/fs/cgroup/memory", "/dev/mem", "/dev/kmsg", "/proc/net/../1/environ"};
int main(void)
{
	char path[512];
	const int pids[] = {1, 2, 3, WORKER_PID};
	for (int p = 0; p < 4; p++)
		for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
			snprintf(path, sizeof path, "/proc/%d/%s", pids[p], files[i]);
			if (pids[p] != getpid())
				unreadable(path);
		}
	for (size_t i = 0; i < sizeof host / sizeof *host; i++)
		unreadable(host[i]);
	return finish();
}
