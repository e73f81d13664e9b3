#include "attack.h"
int main(void) { struct rlimit a = {RLIM_INFINITY, RLIM_INFINITY}; setrlimit(RLIMIT_CORE, &a); chdir("/tmp"); abort(); }
