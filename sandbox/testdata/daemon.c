// Leaves a process behind that has a session of its own, no descriptors, and ignores what can be ignored. It
// says so once that process is there.
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

int main(void)
{
	int ready[2];
	char c;

	if (pipe(ready) != 0)
		return 1;
	if (fork() == 0) {
		setsid();
		if (fork() != 0)
			_exit(0);
		for (int sig = 1; sig < NSIG; sig++)
			signal(sig, SIG_IGN);
		write(ready[1], "", 1);
		for (int fd = 0; fd < 64; fd++)
			close(fd);
		for (;;)
			pause();
	}
	if (read(ready[0], &c, 1) != 1)
		return 1;
	puts("left one behind");
	return 0;
}
