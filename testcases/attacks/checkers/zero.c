#include "attack.h"
int main(void) { return 0; }
