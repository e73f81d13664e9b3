#include "attack.h"
int main(void)
{
	int p[2];
	char c;
	if (pipe(p) == 0)
		read(p[0], &c, 1);
	return 1;
}
