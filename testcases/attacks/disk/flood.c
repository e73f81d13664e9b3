#include "attack.h"
// Files count as output here: one in each directory, written by turns.
int main(void)
{
	static char page[1 << 16];
	const char *const names[] = {"/w/f", "/tmp/f", "/dev/shm/f"};
	int fds[3];
	signal(SIGXFSZ, SIG_IGN);
	for (int i = 0; i < 3; i++)
		fds[i] = open(names[i], O_WRONLY | O_CREAT | O_APPEND, 0666);
	for (int i = 0; i < 1000; i++)
		write(fds[i % 3], page, sizeof page);
	pause();
}
