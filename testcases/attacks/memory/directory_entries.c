#include "attack.h"
int main(void)
{
	char path[300];
	struct stat st;
	for (long i = 0;; i++) {
		snprintf(path, sizeof path, "/tmp/%0200ld", i);
		stat(path, &st);
	}
}
