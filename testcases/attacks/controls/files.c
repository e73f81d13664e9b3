#include "attack.h"
int main(void)
{
	char text[8] = "";
	int fd = open("/w/note", O_CREAT | O_RDWR, 0600);
	if (write(fd, "note", 4) != 4 || rename("/w/note", "/tmp/note") >= 0 || rename("/w/note", "/w/other") != 0 || pread(fd, text, 4, 0) != 4)
		return 1;
	return strcmp(text, "note") == 0 ? finish() : 2;
}
