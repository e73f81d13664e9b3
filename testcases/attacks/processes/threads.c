#include "attack.h"
static void *stay(void *x) { pause(); return x; }
int main(void)
{
	pthread_t t;
	int n = 0;
	while (pthread_create(&t, NULL, stay, NULL) == 0)
		if (++n > 500)
			leak("%d threads", n);
	return finish();
}
