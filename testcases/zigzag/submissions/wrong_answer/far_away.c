/* All distances differ, but the stops are beyond the end of the line. */
#include <stdio.h>

int main(void) {
    int n;
    if (scanf("%d", &n) != 1) return 1;
    for (int i = 0; i < n; i++) printf("%d ", i * i + 1);
    return 0;
}
