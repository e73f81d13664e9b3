/* Division by zero: SIGFPE. Some machines let it pass; there it ends by SIGABRT. */
#include <stdio.h>
#include <stdlib.h>

int main(void) {
    volatile int one = 1, zero = 0;
    printf("%d\n", one / zero);
    abort();
}
