#include "attack.h"
#include <sys/sendfile.h>
int main(void)
{
	int zero = open("/dev/zero", O_RDONLY);
	fcntl(1, F_SETPIPE_SZ, 1 << 20);
	fcntl(1, F_SETFL, O_DIRECT);
	for (;;)
		if (splice(zero, NULL, 1, NULL, 1 << 20, 0) <= 0 && sendfile(1, zero, NULL, 1 << 20) <= 0)
			write(1, (char[4096]){0}, 4096);
}
