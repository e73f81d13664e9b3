#include "attack.h"
int main(void)
{
	for (int i = 0; i < 300; i++) {
		int status;
		pid_t pid = fork();
		if (pid == 0)
			_exit(i % 7);
		if (pid < 0 || waitpid(pid, &status, 0) != pid || WEXITSTATUS(status) != i % 7)
			return 1;
	}
	return finish();
}
