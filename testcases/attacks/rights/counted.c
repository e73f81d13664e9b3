#include "attack.h"
#include <sys/fanotify.h>
// Takes what the kernel counts for each user, for the host's root and for all containers together: inotify instances and
// watches, fanotify groups, timers, queued signals, message queues, locked memory. Keeps all of it for a while.
enum { MOST_INSTANCES = 4, MOST_WATCHES = 1024, MOST_PENDING = 1024, MOST_LOCKED = 64 << 10 };
static void none(const char *what, long count, long most)
{
	if (count > most)
		leak("%ld %s, of which %ld are for a container", count, what, most);
}
static long watches(int fd)
{
	char name[64];
	long n = 0;

	for (long i = 0; i < MOST_WATCHES + 64; i++) {
		snprintf(name, sizeof name, "watched/%ld", i);
		if (mkdir(name, 0700) < 0)
			break;
		if (inotify_add_watch(fd, name, IN_ALL_EVENTS) >= 0)
			n++;
	}
	return n;
}
int main(void)
{
	long instances = 0, pending = 0, locked = 0;
	int fd, first = -1, timer;
	sigset_t blocked;

	mkdir("watched", 0700);
	for (; instances < 1000 && (fd = inotify_init1(IN_NONBLOCK)) >= 0; instances++)
		if (first < 0)
			first = fd;
	none("inotify instances", instances, MOST_INSTANCES);
	none("inotify watches", first < 0 ? 0 : watches(first), MOST_WATCHES);
	refused("fanotify group", syscall(SYS_fanotify_init, 0x200, O_RDONLY)); // FAN_REPORT_FID, which needs no privilege
	refused("message queue", syscall(SYS_mq_open, "q", O_CREAT | O_RDWR, 0600, NULL));
	while (pending < 200000 && syscall(SYS_timer_create, CLOCK_MONOTONIC, NULL, &timer) == 0)
		pending++;
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGRTMIN);
	sigprocmask(SIG_BLOCK, &blocked, NULL);
	while (pending < 200000 && sigqueue(getpid(), SIGRTMIN, (union sigval){0}) == 0)
		pending++;
	none("timers and queued signals", pending, MOST_PENDING);
	char *memory = mmap(NULL, 4 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	while (locked < 4 << 20 && mlock(memory + locked, 4096) == 0)
		locked += 4096;
	none("bytes of locked memory", locked, MOST_LOCKED);
	usleep(800000);
	return finish();
}
