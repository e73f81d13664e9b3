#include "attack.h"

// Looks for what an earlier submission left, of every kind, then leaves it.
static const char *const files[] = {"/w/left", "/tmp/left", "/dev/shm/left", "/w/.hidden", "/tmp/-rf"};

static void look(void)
{
	struct rlimit r;
	struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = "\0left"};
	sigset_t blocked;

	for (int i = 0; i < 5; i++)
		if (access(files[i], F_OK) == 0)
			leak("file %s", files[i]);
	for (pid_t p = 2; p < 1000; p++)
		if (p != getpid() && alive(p))
			leak("process %d", p);
	if (getrlimit(RLIMIT_NOFILE, &r) != 0 || r.rlim_cur < 100)
		leak("limit of descriptors");
	if (getpriority(PRIO_PROCESS, 0) != 0)
		leak("priority");
	if (umask(022) != 022)
		leak("umask");
	if (sigprocmask(SIG_BLOCK, NULL, &blocked) != 0 || sigismember(&blocked, SIGTERM))
		leak("blocked signal");
	if (connect(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *)&name, sizeof name) == 0)
		leak("socket");
	if (flock(open("/w", O_RDONLY), LOCK_EX | LOCK_NB) != 0)
		leak("lock");
	if (chmod("/w", 0755) != 0 || chmod("/tmp", 0755) != 0)
		leak("mode of a directory");
}

static void leave(void)
{
	struct rlimit few = {50, 50};
	struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = "\0left"};
	sigset_t all;

	for (int i = 0; i < 5; i++)
		close(open(files[i], O_CREAT | O_WRONLY, 0600));
	mkfifo("/w/fifo", 0600);
	symlink("/etc/passwd", "/tmp/link");
	int s = socket(AF_UNIX, SOCK_STREAM, 0);
	bind(s, (struct sockaddr *)&name, sizeof name);
	listen(s, 1);
	setrlimit(RLIMIT_NOFILE, &few);
	umask(0777);
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	if (fork() == 0) {
		setsid();
		pause();
	}
	chmod("/w", 0);
	chmod("/tmp", 0);
}

int main(void) { look(); leave(); return finish(); }
