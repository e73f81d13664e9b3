#include "attack.h"
int main(void)
{
	int n = 0;
	while (n < 10000) {
		pid_t pid = fork();
		if (pid < 0)
			return finish();
		if (pid == 0)
			_exit(0);
		n++;
	}
	leak("%d zombies", n);
	return finish();
}
