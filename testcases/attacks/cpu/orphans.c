#include "attack.h"
// The burners are nobody's children by the time that anybody waits.
int main(void)
{
	for (int i = 0; i < 6; i++)
		if (fork() == 0) {
			if (fork() == 0) {
				setsid();
				for (volatile unsigned x = 0;; x++) { }
			}
			_exit(0);
		}
	while (wait(NULL) > 0) { }
	sleep(100);
}
