// Makes directories in each other, as many as the argument says, with a file and a closed directory in each.
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	static const char name[] = "a-long-name-so-that-the-whole-path-is-beyond-PATH_MAX";

	for (int i = argc > 1 ? atoi(argv[1]) : 1; i > 0; i--) {
		close(open("file", O_CREAT | O_WRONLY, 0));
		if (mkdir("closed", 0) != 0 || mkdir(name, 0700) != 0 || chdir(name) != 0) {
			perror("deep");
			return 1;
		}
		chmod(".", i % 2 ? 0500 | 0200 : 0700);
	}
	return 0;
}
