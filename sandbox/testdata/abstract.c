// Takes an abstract socket name and leaves a process behind that holds it.
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int main(void)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = "\0gavel-sandbox-test"};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (bind(fd, (struct sockaddr *)&name, offsetof(struct sockaddr_un, sun_path) + 19) != 0) {
		printf("%s\n", strerror(errno));
		return 1;
	}
	puts("bound");
	fflush(stdout);
	if (fork() == 0)
		for (;;)
			pause();
	return 0;
}
