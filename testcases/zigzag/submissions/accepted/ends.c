/* From the two ends inwards: the distances are n - 1, n - 2, ..., 1. */
#include <stdio.h>

int main(void) {
    int n;
    if (scanf("%d", &n) != 1) return 1;
    for (int i = 0; i < n; i++) printf("%d ", i % 2 == 0 ? 1 + i / 2 : n - i / 2);
    puts("");
    return 0;
}
