#include "attack.h"
int main(void)
{
	struct sched_param p = {.sched_priority = 1};
	struct rlimit all = {RLIM_INFINITY, RLIM_INFINITY};
	refused("nice", setpriority(PRIO_PROCESS, 0, -20));
	refused("real time", syscall(SYS_sched_setscheduler, 0, SCHED_FIFO, &p));
	refused("I/O priority", syscall(SYS_ioprio_set, 1, 0, 1 << 13));
	refused("stack limit", setrlimit(RLIMIT_STACK, &all));
	refused("descriptor limit", setrlimit(RLIMIT_NOFILE, &all));
	refused("file limit", setrlimit(RLIMIT_FSIZE, &all));
	refused("core limit", setrlimit(RLIMIT_CORE, &all));
	return finish();
}
