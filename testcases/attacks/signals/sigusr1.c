#include "attack.h"
int main(void) { puts("safe"); fflush(stdout); raise(SIGUSR1); return finish(); }
