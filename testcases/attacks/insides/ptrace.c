#include "attack.h"
int main(void)
{
	char c;
	struct iovec mine = {&c, 1}, theirs = {main, 1};
	for (pid_t p = 1; p < 50; p++) {
		if (p == getpid())
			continue;
		refused("attach", ptrace(PTRACE_ATTACH, p, 0, 0));
		refused("seize", ptrace(PTRACE_SEIZE, p, 0, 0));
		refused("read memory", process_vm_readv(p, &mine, 1, &theirs, 1, 0));
		refused("write memory", process_vm_writev(p, &mine, 1, &theirs, 1, 0));
		refused("compare", syscall(SYS_kcmp, p, getpid(), 0, 0, 0));
	}
	refused("be traced", ptrace(PTRACE_TRACEME, 0, 0, 0));
	refused("process_madvise", syscall(SYS_process_madvise, syscall(SYS_pidfd_open, 1, 0), &theirs, 1, 21, 0));
	return finish();
}
