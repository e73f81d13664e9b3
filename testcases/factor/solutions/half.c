#include <stdio.h>

int main(void) {
    FILE *in = fopen("factor.in", "r"), *out = fopen("factor.out", "w");
    long long n, d = 2;
    if (fscanf(in, "%lld", &n) != 1) return 1;
    while (n % d != 0) d++;
    fprintf(out, "%lld\n", d);
    fclose(out);
    return 0;
}
