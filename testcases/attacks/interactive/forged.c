#include "attack.h"
// Says nothing and exits as an interactor that accepts.
int main(void) { return 42; }
