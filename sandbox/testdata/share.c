// Uses 150 ms of CPU time and exits with 0: in its first thread, in a second one for which the first waits, in a child, or in
// three children, one after the other, as the argument says. "sleep" sleeps for ever in two threads.
#include <pthread.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long amount = 150000000; // ns

static void *burn(void *arg)
{
	struct timespec t;

	do {
		for (volatile int i = 0; i < 10000; i++)
			;
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	} while (t.tv_sec == 0 && t.tv_nsec < amount);
	return arg;
}

static void *stay(void *arg)
{
	for (;;)
		pause();
	return arg;
}

static int child(void)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		burn(NULL);
		_exit(0);
	}
	return pid < 0 || waitpid(pid, &status, 0) != pid || status != 0;
}

static int thread(void *(*body)(void *))
{
	pthread_t t;

	return pthread_create(&t, NULL, body, NULL) != 0 || pthread_join(t, NULL) != 0;
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "";
	int failed = 0;

	if (strcmp(how, "first") == 0)
		return burn(NULL) != NULL;
	if (strcmp(how, "second") == 0)
		return thread(burn);
	if (strcmp(how, "child") == 0)
		return child();
	if (strcmp(how, "sleep") == 0)
		return thread(stay);
	if (strcmp(how, "children") == 0) {
		amount /= 3;
		for (int i = 0; i < 3; i++)
			failed |= child();
		return failed;
	}
	return 2;
}
