#include "attack.h"
int main(void)
{
	for (;;) {
		if (fork() == 0) {
			for (volatile unsigned x = 0; x < 300000; x++) { }
			_exit(0);
		}
		while (waitpid(-1, NULL, WNOHANG) > 0) { }
	}
}
