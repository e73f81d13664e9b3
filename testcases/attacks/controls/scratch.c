#include "attack.h"
// Files count as output here, as long as they are there: one after the other is written and removed.
int main(void)
{
	static char page[900 << 10];
	for (int i = 0; i < 20; i++) {
		FILE *f = fopen("scratch", "w");
		if (f == NULL || fwrite(page, 1, sizeof page, f) != sizeof page || fclose(f) != 0 || remove("scratch") != 0)
			return 1;
	}
	return finish();
}
