// Compilers read @FILE as options. What would follow as such: -include @CANARY@
int puts(const char *);
int main(void) { puts("safe"); return 0; }
