#include "attack.h"
extern char **environ;
int main(void)
{
	static const char *const known[] = {"PATH=", "HOME=/w", "TMPDIR=/w", "LANG="};
	for (char **e = environ; *e != NULL; e++) {
		int ok = 0;
		for (int i = 0; i < 4; i++)
			ok |= strncmp(*e, known[i], strlen(known[i])) == 0;
		if (!ok)
			leak("variable %s", *e);
	}
	return finish();
}
