#include "attack.h"
static void *burn(void *x) { for (volatile unsigned i = 0;; i++) { } return x; }
int main(void)
{
	pthread_t t;
	for (int i = 0; i < 8; i++)
		pthread_create(&t, NULL, burn, NULL);
	pause();
}
