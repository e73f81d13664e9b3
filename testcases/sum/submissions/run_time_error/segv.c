/* Writes through a null pointer. */
#include <stddef.h>

int main(void) {
    int *volatile nowhere = NULL;
    *(volatile int *)nowhere = 1;
    return 0;
}
