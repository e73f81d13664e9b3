#include "attack.h"
int main(void) { puts("safe"); fflush(stdout); syscall(0x40000000 + SYS_getpid); return finish(); }
