// Makes a 32-bit system call from a 64-bit program: 20 is getpid there, and writev for 64 bits.
#include <stdio.h>

int main(void)
{
#if defined(__x86_64__)
	long pid;

	__asm__ volatile("int $0x80" : "=a"(pid) : "a"(20) : "memory");
	printf("answered %ld\n", pid);
#endif
	return 0;
}
