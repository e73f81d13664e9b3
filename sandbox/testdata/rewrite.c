// Tries to change its own binary and its input, and tells what the kernel says.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static void tell(const char *what, long result)
{
	printf("%s: %s\n", what, result >= 0 ? "done" : strerrorname_np(errno));
}

static long overwrite(const char *path)
{
	int fd = open(path, O_RDWR);
	return fd < 0 ? fd : write(fd, "x", 1);
}

static long map(const char *path)
{
	int fd = open(path, O_RDWR);
	return fd < 0 ? fd : mmap(NULL, 1, PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED ? -1 : 0;
}

int main(void)
{
	tell("write binary", overwrite("/proc/self/exe"));
	tell("truncate binary", truncate("/proc/self/exe", 0));
	tell("write input", overwrite("/proc/self/fd/0"));
	tell("map input", map("/proc/self/fd/0"));
	tell("truncate input", truncate("/proc/self/fd/0", 0));
	tell("write to input", write(0, "x", 1));
	// These may be done: to a copy.
	fchmod(0, 0777);
	futimens(0, (struct timespec[]){{1, 0}, {1, 0}});
	return 0;
}
