#include "attack.h"
// Closes its ends and stays.
int main(void)
{
	close(0);
	close(1);
	for (;;)
		pause();
}
