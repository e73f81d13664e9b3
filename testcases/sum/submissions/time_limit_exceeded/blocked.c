/* Waits on the largest test for a byte that nobody will write: it holds the
   writing end of the pipe itself. */
#include <stdio.h>
#include <unistd.h>

int main(void) {
    long long n, entry, sum = 0;
    if (scanf("%lld", &n) != 1) return 1;
    while (scanf("%lld", &entry) == 1) sum += entry;
    if (n == 100000) {
        int ends[2];
        char byte;
        if (pipe(ends) != 0) return 1;
        if (read(ends[0], &byte, 1) < 0) return 1;
    }
    printf("%lld\n", sum);
    return 0;
}
