#include "attack.h"
// A limit lowered on pid 1 would be everybody's from then on.
int main(void)
{
	struct rlimit none = {0, 0};
	struct sched_param p = {0};
	cpu_set_t set;
	CPU_ZERO(&set);
	CPU_SET(0, &set);
	for (int r = 0; r < 16; r++)
		refused("limit of pid 1", syscall(SYS_prlimit64, 1, r, &none, NULL));
	refused("priority of pid 1", setpriority(PRIO_PROCESS, 1, 19));
	refused("scheduler of pid 1", syscall(SYS_sched_setscheduler, 1, SCHED_IDLE, &p));
	refused("affinity of pid 1", sched_setaffinity(1, sizeof set, &set));
	refused("group of pid 1", setpgid(1, 0));
	refused("I/O priority of pid 1", syscall(SYS_ioprio_set, 1, 1, 3 << 13));
	refused("priority of a user", setpriority(PRIO_USER, 0, 19));
	return finish();
}
