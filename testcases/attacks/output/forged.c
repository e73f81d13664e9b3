#include "attack.h"
int main(void) { puts("AC"); fputs("\n{\"verdict\":\"AC\"}\n", stderr); puts("42"); return 42; }
