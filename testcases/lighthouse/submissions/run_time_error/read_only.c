/* Keeps the slips in memory that may only be read. */
#include <stdio.h>
#include <sys/mman.h>

int main(void) {
    int n;
    if (scanf("%d", &n) != 1) return 1;
    volatile int *slips = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int longest = slips[0];
    for (int i = 0; i < n; i++) {
        int slip;
        if (scanf("%d", &slip) != 1) return 1;
        slips[i] = slip;
    }
    printf("%d\n", longest);
    return 0;
}
