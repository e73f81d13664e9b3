#include "attack.h"
static int word;
static void *hold(void *x) { syscall(SYS_futex, &word, 0, 0, NULL, NULL, 0); return x; }
int main(void)
{
	pthread_t t;
	for (int i = 0; i < 50; i++)
		pthread_create(&t, NULL, hold, NULL);
	pthread_exit(NULL); // the first thread stays a zombie, its threads live
}
