#include "/proc/self/environ"
int puts(const char *);
int main(void) { puts("safe"); return 0; }
