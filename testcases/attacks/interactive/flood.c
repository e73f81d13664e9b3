#include "attack.h"
// Talks without listening, from several processes.
int main(void)
{
	static char page[1 << 16];
	signal(SIGPIPE, SIG_IGN);
	memset(page, 'x', sizeof page);
	for (int i = 0; i < 4; i++)
		fork();
	for (;;)
		write(1, page, sizeof page);
}
