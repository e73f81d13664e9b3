// Leaves a process that burns CPU time in a session of its own, with another parent, and waits for ever.
#include <unistd.h>

int main(void)
{
	if (fork() == 0) {
		setsid();
		if (fork() != 0)
			_exit(0);
		for (volatile unsigned long i = 0;; i++)
			;
	}
	for (;;)
		pause();
}
