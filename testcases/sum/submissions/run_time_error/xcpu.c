/* SIGXCPU is what a CPU limit sends, but here the program sends it. */
#include <signal.h>

int main(void) {
    raise(SIGXCPU);
    return 0;
}
