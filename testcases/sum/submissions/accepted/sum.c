#include <stdio.h>

int main(void) {
    int n;
    long long sum = 0;
    if (scanf("%d", &n) != 1) return 1;
    for (int i = 0; i < n; i++) {
        long long entry;
        if (scanf("%lld", &entry) != 1) return 1;
        sum += entry;
    }
    printf("%lld\n", sum);
    return 0;
}
