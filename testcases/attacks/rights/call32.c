#include "attack.h"
int main(void) { long r; puts("safe"); fflush(stdout); __asm__ volatile("int $0x80" : "=a"(r) : "a"(20) : "memory"); return finish(); }
