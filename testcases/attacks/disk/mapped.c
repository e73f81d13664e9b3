#include "attack.h"
// Files count as output here: written through memory, and grown without writing.
int main(void)
{
	int fd = open("/w/f", O_RDWR | O_CREAT, 0666), other = open("/tmp/g", O_RDWR | O_CREAT, 0666);
	ftruncate(fd, 1 << 20);
	char *p = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	memset(p, 'x', 1 << 20);
	fallocate(other, FALLOC_FL_KEEP_SIZE, 0, 1 << 20);
	pause();
}
