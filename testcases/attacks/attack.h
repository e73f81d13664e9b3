// What the attacks of this directory share. The judge puts it beside each of them, and writes the true paths of the
// host in place of the names between at signs: no attacker knows more.
#ifndef ATTACK_H
#define ATTACK_H
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ANSWER "@ANSWER@"         // the answer of the test
#define CANARY "@CANARY@"         // a file of the host that everybody may read and write
#define TMP_CANARY "@TMP_CANARY@" // the same in the host's /tmp
#define STATE "@STATE@"           // the worker's state directory
#define WORKER_PID @WORKER_PID@
#define ADMITTED "@ADMITTED@"     // how reports begin that the manifest admits, each ending in |

static int leaks;

// admitted tells whether a hole is known to be there.
static int admitted(const char *text)
{
	const char *item = ADMITTED, *end;

	for (; (end = strchr(item, '|')) != NULL; item = end + 1)
		if (strncmp(text, item, end - item) == 0)
			return 1;
	return 0;
}

// leak reports a hole.
__attribute__((unused, format(printf, 1, 2))) static void leak(const char *format, ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	if (admitted(text))
		return;
	printf("hole: %s\n", text);
	leaks++;
}

// alive tells whether a process, and not just a thread of that number, can be signaled.
__attribute__((unused)) static int alive(pid_t p) { return syscall(SYS_tgkill, p, p, 0) == 0; }

// refused holds that a call failed.
__attribute__((unused)) static void refused(const char *what, long result)
{
	if (result >= 0)
		leak("%s: %ld", what, result);
}

// finish tells that nothing was found, unless something was.
__attribute__((unused)) static int finish(void)
{
	if (leaks == 0)
		puts("safe");
	fflush(stdout);
	return 0;
}

// unreadable holds that a file cannot be read.
__attribute__((unused)) static void unreadable(const char *path)
{
	char text[256];
	int fd = open(path, O_RDONLY | O_NONBLOCK);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);

	if (n > 0) {
		text[n] = 0;
		leak("%s can be read: %.40s", path, text);
	}
	if (fd >= 0)
		close(fd);
}

// unwritable holds that a file cannot be opened for writing or made.
__attribute__((unused)) static void unwritable(const char *path)
{
	int fd = open(path, O_WRONLY | O_NONBLOCK);

	if (fd < 0)
		fd = open(path, O_WRONLY | O_CREAT | O_NONBLOCK, 0666);
	if (fd >= 0) {
		leak("%s can be written", path);
		close(fd);
	}
}
#endif
