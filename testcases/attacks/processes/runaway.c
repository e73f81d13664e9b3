#include "attack.h"
// Whoever is killed has a child already.
int main(void)
{
	if (fork() == 0)
		for (;;)
			if (fork() > 0)
				_exit(0);
	usleep(50000);
	return finish();
}
