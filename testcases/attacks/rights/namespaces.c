#include "attack.h"
int main(void)
{
	static const int flags[] = {CLONE_NEWUSER, CLONE_NEWNS, CLONE_NEWPID, CLONE_NEWNET, CLONE_NEWIPC, CLONE_NEWUTS, CLONE_NEWCGROUP};
	for (int i = 0; i < 7; i++) {
		refused("unshare", unshare(flags[i]));
		long pid = syscall(SYS_clone, flags[i] | SIGCHLD, 0, 0, 0, 0);
		if (pid == 0)
			_exit(0);
		refused("clone", pid);
		refused("setns", setns(open("/proc/self/ns/user", O_RDONLY), flags[i]));
	}
	return finish();
}
