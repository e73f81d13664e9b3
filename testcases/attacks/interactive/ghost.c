#include "attack.h"
// A child keeps the pipe and goes on talking when the program has ended.
int main(void)
{
	if (fork() != 0)
		return 0;
	setsid();
	sleep(1);
	for (;;)
		puts("safe");
}
