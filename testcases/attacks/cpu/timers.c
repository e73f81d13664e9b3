#include "attack.h"
static void nothing(int s) { (void)s; }
int main(void)
{
	signal(SIGALRM, nothing);
	signal(SIGRTMIN, nothing);
	struct itimerval fast = {{0, 1}, {0, 1}};
	setitimer(ITIMER_REAL, &fast, NULL);
	struct sigevent e = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN};
	struct itimerspec often = {{0, 1000}, {0, 1000}};
	for (int i = 0; i < 1000; i++) {
		timer_t t;
		if (timer_create(CLOCK_MONOTONIC, &e, &t) == 0)
			timer_settime(t, 0, &often, NULL);
	}
	for (;;)
		pause();
}
