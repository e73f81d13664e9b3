#include "attack.h"
int main(void)
{
	fputs("std::bad_alloc MemoryError java.lang.OutOfMemoryError\n", stderr);
	fputs("safe\n", stdout);
	return 0;
}
