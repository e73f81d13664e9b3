// Changes the flags of its standard input, which belong to whoever has it open, and leaves a lock on it.
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

int main(void)
{
	if (fcntl(0, F_SETFL, O_NONBLOCK | O_APPEND) != 0 || flock(0, LOCK_EX | LOCK_NB) != 0)
		return 1;
	return 0;
}
