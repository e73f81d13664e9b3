/* 64 MiB of digits after the right answer. */
#include <stdio.h>
#include <string.h>

int main(void) {
    static char block[65536];
    long long n, entry, sum = 0;
    if (scanf("%lld", &n) != 1) return 1;
    while (scanf("%lld", &entry) == 1) sum += entry;
    printf("%lld\n", sum);
    memset(block, '7', sizeof block);
    for (int i = 0; i < 1024; i++)
        if (fwrite(block, 1, sizeof block, stdout) != sizeof block) return 1;
    return 0;
}
