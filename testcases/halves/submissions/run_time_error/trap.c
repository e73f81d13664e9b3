/* A trap instead of the answer "no". */
#include <stdio.h>

int main(void) {
    int n, count = 0, basket[2001];
    if (scanf("%d", &n) != 1) return 1;
    int left = n * (n + 1) / 2;
    if (left % 2 != 0) __builtin_trap();
    left /= 2;
    for (int stone = n; stone >= 1; stone--)
        if (stone <= left) {
            basket[count++] = stone;
            left -= stone;
        }
    printf("yes\n%d\n", count);
    for (int i = 0; i < count; i++) printf("%d ", basket[i]);
    return 0;
}
