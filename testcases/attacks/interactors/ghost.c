#include "attack.h"
// A child keeps the pipes when the interactor has accepted.
int main(void) { if (fork() == 0) { setsid(); for (;;) pause(); } return 42; }
