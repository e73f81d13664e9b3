#include "/dev/full"
int puts(const char *);
int main(void) { puts("safe"); return 0; }
