#include "attack.h"
int main(void)
{
	unwritable("/sys/fs/cgroup/memory/memory.limit_in_bytes");
	unwritable("/sys/fs/cgroup/cgroup.procs");
	unwritable("/proc/self/cgroup");
	refused("control groups", open("/sys/fs/cgroup", O_RDONLY));
	return finish();
}
