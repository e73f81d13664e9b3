#include "attack.h"
int main(void)
{
	const char *scores[] = {"-1000", "-1", "1000"};
	for (int i = 0; i < 3; i++) {
		int fd = open("/proc/self/oom_score_adj", O_WRONLY);
		if (fd >= 0)
			write(fd, scores[i], strlen(scores[i]));
		close(fd);
		if (fork() == 0)
			for (;;)
				memset(malloc(1 << 20), 1, 1 << 20);
	}
	while (wait(NULL) > 0) { }
	return finish();
}
