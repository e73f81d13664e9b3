#include "attack.h"
int main(void)
{
	for (int s = 0; s < 65; s++) {
		refused("signal to pid 1", kill(1, s));
		refused("signal to a thread of pid 1", syscall(SYS_tgkill, 1, 1, s));
		refused("queued signal", sigqueue(1, s, (union sigval){0}));
	}
	int fd = syscall(SYS_pidfd_open, 1, 0);
	if (fd >= 0) {
		refused("signal by pidfd", syscall(SYS_pidfd_send_signal, fd, SIGKILL, NULL, 0));
		refused("descriptor by pidfd", syscall(SYS_pidfd_getfd, fd, 0, 0));
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	fcntl(0, F_SETOWN, 1);
	return finish();
}
