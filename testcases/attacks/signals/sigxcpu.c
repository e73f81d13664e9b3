#include "attack.h"
int main(void) { puts("safe"); fflush(stdout); raise(SIGXCPU); return finish(); }
