#include "attack.h"
static void out(int s) { (void)s; _exit(42); }
int main(void) { signal(SIGSEGV, out); *(volatile int *)0 = 1; return 43; }
