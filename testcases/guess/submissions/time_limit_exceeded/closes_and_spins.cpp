// The talk is over for the interactor only when the program has ended, which it does not.
#include <unistd.h>

int main() {
    close(1);
    close(0);
    for (volatile int i = 0;; i = i + 1) {
    }
}
