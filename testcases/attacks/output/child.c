#include "attack.h"
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
