#include "attack.h"
int main(void)
{
	for (int i = 0; i < 64; i++) {
		char *p = mmap(NULL, 2 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);
		if (p == MAP_FAILED)
			return finish();
		memset(p, 1, 2 << 20);
	}
	leak("128 MiB of huge pages beside the limit");
	return finish();
}
