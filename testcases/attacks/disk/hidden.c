#include "attack.h"
// Files count as output here: in a tree that is always moving, too deep for a path, and closed to everybody.
int main(void)
{
	static char page[1 << 14];
	if (fork() == 0)
		for (;;) {
			rename("/w/a", "/w/b");
			symlink("/", "/w/a");
			unlink("/w/a");
			rename("/w/b", "/w/a");
		}
	mkdir("/w/a", 0777);
	chdir("/w/a");
	for (int i = 0; i < 1500; i++) {
		mkdir("dddddddd", 0777);
		if (chdir("dddddddd") == 0)
			chmod(".", 0300);
		int fd = open("f", O_WRONLY | O_CREAT, 0);
		write(fd, page, sizeof page);
		close(fd);
	}
	pause();
}
