#include "attack.h"
static void *one(void *x) { usleep(1000); return x; }
int main(void)
{
	pthread_t t[60];
	for (int i = 0; i < 60; i++)
		if (pthread_create(&t[i], NULL, one, NULL) != 0)
			return 1;
	for (int i = 0; i < 60; i++)
		pthread_join(t[i], NULL);
	return finish();
}
