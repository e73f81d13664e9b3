// An honest program: it computes, uses some memory and files of its own, and sees that nobody touched them. What it
// leaves lying about is what attacks in the other slot look for.
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static const char *const places[] = {"/w/gavel-canary-neighbour", "/tmp/gavel-canary-neighbour", "/dev/shm/gavel-canary-neighbour"};

static int leave(const char *path)
{
	int fd = open(path, O_CREAT | O_EXCL | O_RDWR, 0666);
	return fd < 0 || write(fd, "gavel-canary-of-neighbour", 25) != 25 || close(fd) != 0;
}

static int untouched(const char *path)
{
	char text[64] = "";
	int fd = open(path, O_RDONLY);
	return fd >= 0 && read(fd, text, sizeof text - 1) == 25 && strcmp(text, "gavel-canary-of-neighbour") == 0 && close(fd) == 0;
}

int main(void)
{
	static volatile char memory[1 << 20];
	struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = "\0gavel-canary-neighbour"};
	uint64_t x = 88172645463325252u;
	long n;
	int s = socket(AF_UNIX, SOCK_STREAM, 0);

	if (scanf("%ld", &n) != 1 || bind(s, (struct sockaddr *)&name, sizeof name) != 0 || listen(s, 1) != 0)
		return 1;
	for (int i = 0; i < 3; i++)
		if (leave(places[i]))
			return 2;
	for (long i = 0; i < n; i++) { // each step needs the one before: nobody else's use of the core's units counts
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		x *= 0x2545F4914F6CDD1Du;
		x ^= x / 0x9E3779B97F4A7C15u;
	}
	for (size_t i = 0; i < sizeof memory; i += 4096)
		memory[i] = (char)x;
	for (int i = 0; i < 3; i++)
		if (!untouched(places[i]))
			return 3;
	puts(x != 0 ? "safe" : "zero");
	return 0;
}
