// Rounds to centimetres.
#include <cmath>
#include <cstdio>

int main() {
    int n;
    if (std::scanf("%d", &n) != 1) return 1;
    while (n-- > 0) {
        double d, length, u = 6;
        if (std::scanf("%lf %lf", &d, &length) != 2) return 1;
        for (int i = 0; i < 60; i++)
            u -= (std::sinh(u) - u * length / d) / (std::cosh(u) - length / d);
        std::printf("%.2f\n", d / 1000 * (std::cosh(u) - 1) / (2 * u));
    }
}
