#include "attack.h"
int main(void) { puts("safe"); fflush(stdout); raise(SIGSYS); return finish(); }
