/* From the heaviest stone down: whatever still fits. What is left to fill never
   exceeds the sum of the lighter stones, so it works out in the end. */
#include <stdio.h>

int main(void) {
    int n, count = 0;
    static int basket[2001];
    if (scanf("%d", &n) != 1) return 1;
    long long left = (long long)n * (n + 1) / 2;
    if (left % 2 != 0) {
        puts("no");
        return 0;
    }
    left /= 2;
    for (int stone = n; stone >= 1; stone--)
        if (stone <= left) {
            basket[count++] = stone;
            left -= stone;
        }
    printf("yes\n%d\n", count);
    for (int i = 0; i < count; i++) printf("%d ", basket[i]);
    puts("");
    return 0;
}
