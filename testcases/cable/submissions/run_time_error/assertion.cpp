// Newton's method from the wrong side does not converge, and an assertion says so.
#undef NDEBUG
#include <cassert>
#include <cmath>
#include <iostream>

int main() {
    int n;
    std::cin >> n;
    while (n-- > 0) {
        double d, length, u = 1e-3;
        std::cin >> d >> length;
        for (int i = 0; i < 60; i++)
            u -= (std::sinh(u) - u * length / d) / (std::cosh(u) - length / d);
        assert(u > 0.01);
        std::cout << d / 1000 * (std::cosh(u) - 1) / (2 * u) << '\n';
    }
}
