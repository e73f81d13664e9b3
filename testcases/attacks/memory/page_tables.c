#include "attack.h"
int main(void)
{
	size_t span = 1ul << 40;
	char *p = mmap(NULL, span, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	volatile char c;
	if (p == MAP_FAILED)
		return finish();
	for (size_t i = 0; i < span; i += 2 << 20)
		c = p[i]; // the zero page costs nothing, the tables that lead to it do
	return c;
}
