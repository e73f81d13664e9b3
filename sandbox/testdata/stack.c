// Uses as many MiB of stack as the argument says, in recursion.
#include <stdlib.h>
#include <string.h>

static int deeper(int frames)
{
	volatile char frame[64 << 10];

	memset((char *)frame, frames, sizeof frame);
	return frames == 0 ? frame[0] : deeper(frames - 1) + frame[sizeof frame - 1];
}

int main(int argc, char **argv)
{
	return deeper((argc > 1 ? atoi(argv[1]) : 1) * 16) == -1;
}
