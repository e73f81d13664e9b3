// Uses CPU time for ever, in as many threads as the argument says.
#include <pthread.h>
#include <stdlib.h>

static void *burn(void *arg)
{
	for (volatile unsigned long i = 0;; i++)
		;
	return arg;
}

int main(int argc, char **argv)
{
	pthread_t thread;

	for (int n = argc > 1 ? atoi(argv[1]) : 1; n > 1; n--)
		if (pthread_create(&thread, NULL, burn, NULL) != 0)
			return 1;
	burn(NULL);
}
