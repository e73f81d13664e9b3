#include "attack.h"
int main(void)
{
	int n = 0;
	struct rlimit all = {1 << 20, 1 << 20};
	setrlimit(RLIMIT_NOFILE, &all);
	while (dup(0) >= 0)
		if (++n > 2000) {
			leak("%d descriptors", n);
			break;
		}
	return finish();
}
