/* The right numbers, four thousand digits each. */
#include <math.h>
#include <stdio.h>

int main(void) {
    int n;
    if (scanf("%d", &n) != 1) return 1;
    while (n-- > 0) {
        double d, length, low = 1e-3, high = 6;
        if (scanf("%lf %lf", &d, &length) != 2) return 1;
        for (int i = 0; i < 100; i++) {
            double u = (low + high) / 2;
            if (sinh(u) / u < length / d)
                low = u;
            else
                high = u;
        }
        printf("%.4000f\n", d / 1000 * (cosh(low) - 1) / (2 * low));
    }
    return 0;
}
