#include "attack.h"
int main(void) { raise(42); return 43; }
