#include "attack.h"
int main(int argc, char **argv) { char p[512]; snprintf(p, sizeof p, "%sjudgemessage.txt", argc > 3 ? argv[3] : ""); mkfifo(p, 0666); return 42; }
