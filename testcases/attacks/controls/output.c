#include "attack.h"
int main(void) { for (int i = 0; i < 1000000; i++) putchar('\n'); return finish(); }
