#include "attack.h"
// What the child writes before the parent has quite ended is output, and its own fault; after it nothing may come.
int main(void)
{
	if (fork() == 0)
		for (;;) {
			usleep(1000);
			write(1, "late ", 5);
		}
	printf("safe\n");
	fflush(stdout);
	_exit(0);
}
