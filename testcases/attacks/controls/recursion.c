#include "attack.h"
static int deep(int n) { volatile char room[4096]; room[0] = 0; return n == 0 ? 0 : deep(n - 1) + room[0]; }
int main(void) { return deep(38 * 256) == 0 ? finish() : 1; }
