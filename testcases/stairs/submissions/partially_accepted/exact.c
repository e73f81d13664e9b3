#include <stdint.h>
#include <stdio.h>

// Without the modulus: right for a few steps.
int main(void) {
    int n;
    scanf("%d", &n);
    int64_t a = 1, b = 1;
    for (int i = 0; i < n && i < 80; i++) {
        int64_t c = a + b;
        a = b;
        b = c;
    }
    printf("wAyS %lld\n", (long long)a);
}
