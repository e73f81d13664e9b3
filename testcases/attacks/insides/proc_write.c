#include "attack.h"
static const char *const files[] = {"/proc/1/mem", "/proc/1/oom_score_adj", "/proc/1/comm", "/proc/1/exe", "/proc/1/clear_refs", "/proc/1/attr/current",
	"/proc/1/uid_map", "/proc/1/coredump_filter", "/proc/1/timerslack_ns", "/proc/1/autogroup", "/proc/sys/kernel/core_pattern",
	"/proc/sys/kernel/hostname", "/proc/sys/vm/overcommit_memory", "/proc/sys/fs/file-max", "/proc/sys/user/max_user_namespaces",
	"/proc/sys/kernel/shmmax", "/proc/sys/net/core/somaxconn", "/proc/sysrq-trigger", "/proc/self/uid_map", "/proc/self/gid_map",
	"/proc/sys/kernel/ns_last_pid", "/proc/irq/0/smp_affinity", "/proc/mtrr", "/sys/power/state", "/sys/kernel/uevent_helper"};
int main(void)
{
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		struct stat st;
		int fd = open(files[i], O_WRONLY | O_TRUNC);
		if (fd >= 0 && fstat(fd, &st) == 0 && S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3)) {
			close(fd); // hidden behind /dev/null
			continue;
		}
		if (fd >= 0 && write(fd, "0\n", 2) > 0)
			leak("%s can be written", files[i]);
		if (fd >= 0)
			close(fd);
	}
	return finish();
}
