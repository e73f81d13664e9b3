/* The right answer, but main() returns 7. */
#include <stdio.h>

int main(void) {
    long long n, entry, sum = 0;
    if (scanf("%lld", &n) != 1) return 1;
    while (scanf("%lld", &entry) == 1) sum += entry;
    printf("%lld\n", sum);
    return 7;
}
