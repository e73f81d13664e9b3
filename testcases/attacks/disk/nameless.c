#include "attack.h"
// Files count as output here: none of these has a name, and no process has many of them.
int main(void)
{
	static char page[1 << 16];
	for (int child = 0; child < 20; child++) {
		if (fork() != 0)
			continue;
		for (int i = 0; i < 20; i++) {
			int fd = i % 2 ? open("/tmp", O_RDWR | O_TMPFILE, 0600) : open("/w/f", O_RDWR | O_CREAT, 0600);
			unlink("/w/f");
			write(fd, page, sizeof page);
		}
		pause();
	}
	pause();
}
