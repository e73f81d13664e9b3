#include "attack.h"
// Waits for one more word than is ever said.
int main(void)
{
	char word[100];
	while (scanf("%99s", word) == 1) { }
	sleep(1000);
}
