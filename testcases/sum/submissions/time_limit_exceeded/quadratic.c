/* Sums every prefix from its beginning: five thousand million additions on the
   largest test. The volatile keeps the compiler from seeing through it. */
#include <stdio.h>

static int entries[100000];

int main(void) {
    int n;
    volatile long long sum = 0;
    if (scanf("%d", &n) != 1) return 1;
    for (int i = 0; i < n; i++) {
        if (scanf("%d", &entries[i]) != 1) return 1;
        sum = 0;
        for (int j = 0; j <= i; j++) sum += entries[j];
    }
    printf("%lld\n", sum);
    return 0;
}
