// Takes memory for ever.
#include <string.h>
#include <sys/mman.h>

int main(void)
{
	const size_t size = 1 << 20;

	for (;;) {
		char *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (p != MAP_FAILED)
			memset(p, 1, size);
	}
}
