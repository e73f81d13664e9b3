#include "attack.h"
int main(void)
{
	signal(SIGXFSZ, SIG_IGN);
	int fd = open("/w/sparse", O_CREAT | O_RDWR, 0600);
	refused("a file of an exbibyte", ftruncate(fd, 1l << 60));
	refused("a file of a tebibyte", fallocate(fd, 0, 0, 1l << 40));
	refused("a write far out", pwrite(fd, "x", 1, 1l << 50));
	return finish();
}
