/* Takes 1 GiB on the larger tests and writes to every page. Where no memory limit
   is in force it goes on to print the right answer. */
#include <stdio.h>
#include <stdlib.h>

int main(void) {
    long long n, entry, sum = 0;
    size_t size = (size_t)1 << 30;
    if (scanf("%lld", &n) != 1) return 1;
    while (scanf("%lld", &entry) == 1) sum += entry;
    if (n >= 5000) {
        volatile char *space = malloc(size);
        if (space == NULL) return 1;
        for (size_t i = 0; i < size; i += 4096) space[i] = 1;
        sum += space[size - 4096] - 1;
    }
    printf("%lld\n", sum);
    return 0;
}
