#include "attack.h"
int main(void)
{
	static char block[1 << 20];
	const char *dirs[] = {"/w", "/tmp", "/dev/shm"};
	char path[64];
	memset(block, 1, sizeof block);
	signal(SIGXFSZ, SIG_IGN);
	for (int i = 0;; i++) {
		snprintf(path, sizeof path, "%s/%d", dirs[i % 3], i);
		int fd = open(path, O_CREAT | O_WRONLY, 0600);
		write(fd, block, sizeof block);
		close(fd);
	}
}
