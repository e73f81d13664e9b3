#include "attack.h"
int main(void)
{
	signal(SIGHUP, SIG_IGN);
	for (int i = 0; i < 10; i++)
		if (fork() == 0) {
			setsid();
			prctl(PR_SET_CHILD_SUBREAPER, 1);
			if (fork() == 0)
				for (;;)
					close(open("/tmp/alive", O_CREAT | O_WRONLY, 0600));
			pause();
		}
	usleep(20000);
	return finish();
}
