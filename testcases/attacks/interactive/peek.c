#include "attack.h"
// Looks for the interactor: its process, its pipes, its input and its answer.
int main(void)
{
	char path[64], name[PATH_MAX];
	int mine = getpid(), number, size = 1 << 20;
	if (scanf("%d", &number) != 1)
		leak("the interactor says nothing");
	for (int fd = 3; fd < 300; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			leak("descriptor %d is open", fd);
	refused("write to the input", write(0, "safe\n", 5));
	refused("read from the output", read(1, name, 1));
	for (int fd = 0; fd < 2; fd++) {
		snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
		ssize_t n = readlink(path, name, sizeof name - 1);
		name[n > 0 ? n : 0] = 0;
		if (strncmp(name, "pipe:", 5) != 0 && strncmp(name, "socket:", 7) != 0)
			leak("descriptor %d is %s", fd, name);
		fcntl(fd, F_SETPIPE_SZ, size);
		fcntl(fd, F_SETFL, O_NONBLOCK | O_ASYNC);
		fcntl(fd, F_SETOWN, 1);
	}
	for (int pid = 1; pid < 400; pid++)
		if (pid != mine && alive(pid))
			leak("process %d can be signaled", pid);
	kill(-1, SIGKILL);
	unreadable(ANSWER);
	return finish();
}
