#include <stdio.h>

#include "modulus.h"

int main(void) {
    int n;
    long long x, product = 1;
    if (scanf("%d", &n) != 1) return 1;
    while (n-- > 0 && scanf("%lld", &x) == 1) product = product * (x % MODULUS) % MODULUS;
    printf("%lld\n", product % MODULUS);
    return 0;
}
