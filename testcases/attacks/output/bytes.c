#include "attack.h"
int main(void) { fcntl(1, F_SETFL, O_NONBLOCK); for (;;) write(1, "x", 1); }
