/* Feels its way forward in steps of a hundred-millionth. */
#include <math.h>
#include <stdio.h>

int main(void) {
    int n;
    if (scanf("%d", &n) != 1) return 1;
    while (n-- > 0) {
        double d, length;
        volatile double u = 0.05;
        if (scanf("%lf %lf", &d, &length) != 2) return 1;
        while (sinh(u) / u < length / d) u += 1e-8;
        printf("%.9f\n", d / 1000 * (cosh(u) - 1) / (2 * u));
    }
    return 0;
}
