#include "attack.h"
int main(void)
{
	for (int i = 0; i < 30; i++)
		if (fork() == 0)
			for (;;) {
				if (fork() == 0)
					_exit(0);
				while (waitpid(-1, NULL, WNOHANG) > 0) { }
			}
	return finish();
}
