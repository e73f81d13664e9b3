#include "attack.h"
static void *turn(void *x) { for (;;) sched_yield(); return x; }
int main(void)
{
	pthread_t t;
	for (int i = 0; i < 20; i++)
		pthread_create(&t, NULL, turn, NULL);
	turn(NULL);
}
