#include <stdio.h>
#include <stdlib.h>

static int slips[640000];

static int ascending(const void *a, const void *b) {
    return *(const int *)a - *(const int *)b;
}

int main(void) {
    int n, longest = 0;
    if (scanf("%d", &n) != 1) return 1;
    for (int i = 0; i < n; i++)
        if (scanf("%d", &slips[i]) != 1) return 1;
    qsort(slips, n, sizeof slips[0], ascending);
    for (int i = 1; i < n; i++)
        if (slips[i] - slips[i - 1] > longest) longest = slips[i] - slips[i - 1];
    printf("%d\n", longest);
    return 0;
}
