#include "attack.h"
// White space only: what the child writes before its parent has quite ended is output like any other.
int main(void)
{
	if (fork() == 0)
		for (;;) {
			usleep(1000);
			write(1, "     ", 5);
		}
	printf("safe\n");
	fflush(stdout);
	_exit(0);
}
