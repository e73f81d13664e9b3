#include <catenary.h>

int main(void) { return sag(1, 2) > 0; }
