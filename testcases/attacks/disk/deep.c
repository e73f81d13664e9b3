#include "attack.h"
int main(void)
{
	for (int i = 0; i < 3000 && mkdir("deeper-and-deeper", 0700) == 0; i++)
		if (chdir("deeper-and-deeper") != 0)
			break;
	symlink("loop", "loop");
	mkfifo("fifo", 0);
	chmod(".", 0);
	return finish();
}
