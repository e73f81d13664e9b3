// Writes to both outputs in turn, for ever.
#include <string.h>
#include <unistd.h>

int main(void)
{
	char data[4096];

	memset(data, 'x', sizeof data);
	for (int fd = 1;; fd = 3 - fd)
		write(fd, data, sizeof data);
}
