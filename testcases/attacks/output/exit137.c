#include "attack.h"
int main(void) { puts("safe"); fflush(stdout); exit(128 + 9); }
