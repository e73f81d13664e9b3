#include "attack.h"
int main(int argc, char **argv) { char p[512]; snprintf(p, sizeof p, "%steammessage.txt", argc > 3 ? argv[3] : ""); return mkdir(p, 0) == 0 ? 42 : 1; }
