// Looks the answer up in a table of sinh(u) / u, which is far too fine.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <vector>

int main() {
    const double step = 1e-7;
    const std::size_t size = 60'000'000;
    std::vector<double> table(size);
    // Write to every page first: the memory runs out before the time does.
    for (std::size_t i = 0; i < size; i += 512) table[i] = 1;
    for (std::size_t i = 1; i < size; i++) table[i] = std::sinh(i * step) / (i * step);
    int n;
    if (std::scanf("%d", &n) != 1) return 1;
    while (n-- > 0) {
        double d, length;
        if (std::scanf("%lf %lf", &d, &length) != 2) return 1;
        double u = (std::lower_bound(table.begin() + 1, table.end(), length / d) - table.begin()) * step;
        std::printf("%.9f\n", d / 1000 * (std::cosh(u) - 1) / (2 * u));
    }
}
