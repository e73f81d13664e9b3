#include "attack.h"
int main(void)
{
	char line[512], found[PATH_MAX], path[64];
	FILE *f = fopen("/proc/net/unix", "r");
	for (int i = 0; f != NULL && fgets(line, sizeof line, f) != NULL; i++)
		if (i > 0)
			leak("a socket that is not ours: %s", line);
	for (int fd = 0; fd < 1024; fd++) {
		snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
		ssize_t n = readlink(path, found, sizeof found - 1);
		found[n < 0 ? 0 : n] = 0;
		if (n > 0 && strncmp(found, "socket:", 7) == 0)
			leak("descriptor %d is a socket", fd);
	}
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	snprintf(name.sun_path + 1, sizeof name.sun_path - 1, "@ABSTRACT@");
	int s = socket(AF_UNIX, SOCK_STREAM, 0);
	refused("connect to a socket of the host", connect(s, (struct sockaddr *)&name, offsetof(struct sockaddr_un, sun_path) + 1 + strlen("@ABSTRACT@")));
	snprintf(name.sun_path + 1, sizeof name.sun_path - 1, "gavel-canary-neighbour");
	refused("connect to the neighbour", connect(s, (struct sockaddr *)&name, sizeof name));
	return finish();
}
