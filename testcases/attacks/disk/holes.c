#include "attack.h"
// Files count as output here: long ones with nothing in them, and long writes that are refused.
int main(void)
{
	char name[32];
	signal(SIGXFSZ, SIG_IGN);
	for (int i = 0; i < 200; i++) {
		snprintf(name, sizeof name, "/w/%d", i);
		int fd = open(name, O_RDWR | O_CREAT, 0666);
		ftruncate(fd, 1 << 20);
		ftruncate(fd, 1 << 30);
		close(fd);
	}
	return finish();
}
