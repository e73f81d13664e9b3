/* Keeps the sum in 32 bits; unsigned, so that wrapping around is well defined. */
#include <stdio.h>

int main(void) {
    int n;
    unsigned sum = 0;
    if (scanf("%d", &n) != 1) return 1;
    for (int i = 0; i < n; i++) {
        int entry;
        if (scanf("%d", &entry) != 1) return 1;
        sum += (unsigned)entry;
    }
    printf("%d\n", (int)sum);
    return 0;
}
