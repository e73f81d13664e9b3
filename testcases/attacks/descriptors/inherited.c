#include "attack.h"
int main(void)
{
	char path[64], target[PATH_MAX];
	for (int fd = 3; fd < 70000; fd++)
		if (fcntl(fd, F_GETFD) >= 0) {
			snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
			ssize_t n = readlink(path, target, sizeof target - 1);
			target[n < 0 ? 0 : n] = 0;
			leak("descriptor %d is open: %s", fd, target);
		}
	return finish();
}
