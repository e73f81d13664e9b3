/* The default comparison looks at tokens: blank lines, spaces around the number
   and a missing last newline change nothing. */
#include <stdio.h>

int main(void) {
    long long n, entry, sum = 0;
    if (scanf("%lld", &n) != 1) return 1;
    while (scanf("%lld", &entry) == 1) sum += entry;
    printf("\n \t %lld  \n\n  ", sum);
    return 0;
}
