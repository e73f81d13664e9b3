#include "attack.h"
static void *flood(void *fd) { static char b[1 << 12]; for (;;) write((int)(long)fd, b, sizeof b); return fd; }
int main(void)
{
	pthread_t t;
	for (int i = 0; i < 6; i++)
		pthread_create(&t, NULL, flood, (void *)(long)(1 + i % 2));
	pause();
}
