#include "attack.h"
int main(void)
{
	mlockall(MCL_CURRENT | MCL_FUTURE);
	for (;;) {
		char *p = mmap(NULL, 4 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
		if (p == MAP_FAILED)
			p = malloc(4 << 20);
		if (p != NULL)
			memset(p, 1, 4 << 20);
		mlock(p, 4 << 20);
	}
}
