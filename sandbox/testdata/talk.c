// talk does what its arguments say, one after the other: one side of a talk.
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static void say(int fd, const char *line) {
	char buf[256];
	int n = snprintf(buf, sizeof buf, "%s\n", line);
	if (write(fd, buf, n) != n) exit(90);
}

// hear wants to read this line.
static void hear(const char *line) {
	char buf[256];
	size_t n = 0;
	while (n < sizeof buf - 1) {
		if (read(0, buf + n, 1) != 1) exit(91);
		if (buf[n] == '\n') break;
		n++;
	}
	buf[n] = 0;
	if (strcmp(buf, line)) exit(92);
}

static long count(void) {
	static char buf[1 << 16];
	long all = 0, n;
	while ((n = read(0, buf, sizeof buf)) > 0) all += n;
	return all;
}

static void flood(long left) {
	static char buf[1 << 16];
	memset(buf, 'x', sizeof buf);
	while (left > 0) {
		long n = write(1, buf, left < (long)sizeof buf ? left : (long)sizeof buf);
		if (n <= 0) exit(93);
		left -= n;
	}
}

static void burn(long ms) {
	struct timespec now;
	do clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	while (now.tv_sec * 1000 + now.tv_nsec / 1000000 < ms);
}

static void rest(long ms) {
	struct timespec left = {ms / 1000, ms % 1000 * 1000000};
	while (nanosleep(&left, &left) && errno == EINTR);
}

static void trips(long n, int first) {
	for (long i = 0; i < n; i++) {
		if (first) say(1, "1234");
		char buf[8];
		if (read(0, buf, sizeof buf) != 5) exit(95);
		if (!first) say(1, "1234");
	}
}

int main(int argc, char **argv) {
	for (int i = 1; i < argc; i++) {
		char *verb = argv[i], *rest_of_it = strchr(verb, ' ');
		const char *what = rest_of_it ? rest_of_it + 1 : "";
		if (rest_of_it) *rest_of_it = 0;
		long n = atol(what);
		if (!strcmp(verb, "say")) say(1, what);
		else if (!strcmp(verb, "err")) say(2, what);
		else if (!strcmp(verb, "hear")) hear(what);
		else if (!strcmp(verb, "eof")) count();
		else if (!strcmp(verb, "count")) { if (count() != n) exit(94); }
		else if (!strcmp(verb, "flood")) flood(n);
		else if (!strcmp(verb, "burn")) burn(n);
		else if (!strcmp(verb, "sleep")) rest(n);
		else if (!strcmp(verb, "spin")) for (;;);
		else if (!strcmp(verb, "closein")) close(0);
		else if (!strcmp(verb, "closeout")) close(1);
		else if (!strcmp(verb, "crash")) raise(SIGSEGV);
		else if (!strcmp(verb, "ping")) trips(n, 1);
		else if (!strcmp(verb, "pong")) trips(n, 0);
		else if (!strcmp(verb, "exit")) exit(n);
		else exit(99);
	}
	return 0;
}
