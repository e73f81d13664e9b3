/* Every stone again and again. */
#include <stdio.h>

int main(void) {
    int n;
    if (scanf("%d", &n) != 1) return 1;
    printf("yes\n%d\n", n);
    for (long long i = 0; i < 20000000; i++) printf("%d ", n);
    return 0;
}
