#include "attack.h"
int main(void)
{
	for (int family = 0; family < 50; family++)
		for (int type = 1; type < 11; type++) {
			int s[2];
			if (family == AF_UNIX)
				continue;
			refused("socket", socket(family, type, 0));
			refused("raw socket", socket(family, type, 255));
			refused("socketpair", socketpair(family, type, 0, s));
		}
	struct ifconf {int n; char *p;} c = {0, NULL};
	refused("list of interfaces", ioctl(socket(AF_UNIX, SOCK_STREAM, 0), 0x8912, &c));
	return finish();
}
