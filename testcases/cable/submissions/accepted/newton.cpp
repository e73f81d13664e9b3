// Newton's method on sinh(u) - u L / d, from the right, where it falls steadily.
#include <cmath>
#include <iomanip>
#include <iostream>

int main() {
    int n;
    std::cin >> n;
    std::cout << std::setprecision(15);
    while (n-- > 0) {
        long double d, length, u = 6;
        std::cin >> d >> length;
        for (int i = 0; i < 60; i++)
            u -= (std::sinh(u) - u * length / d) / (std::cosh(u) - length / d);
        std::cout << d / 1000 * (std::cosh(u) - 1) / (2 * u) << '\n';
    }
}
