#include "attack.h"
// Talks without listening to one who does not listen.
int main(void)
{
	static char page[1 << 16];
	signal(SIGPIPE, SIG_IGN);
	for (;;)
		write(1, page, sizeof page);
}
