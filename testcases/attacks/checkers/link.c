#include "attack.h"
int main(int argc, char **argv) { char p[512]; snprintf(p, sizeof p, "%sjudgemessage.txt", argc > 3 ? argv[3] : ""); return symlink(CANARY, p) == 0 ? 42 : 1; }
