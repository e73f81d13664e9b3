// Too many weighings. When the scales are taken away it reads nothing, and fails.
#include <cstdlib>
#include <iostream>

int main() {
    int n, heavier = 0;
    std::cin >> n;
    if (n == 1) {
        std::cout << "! 1" << std::endl;
        return 0;
    }
    for (int i = 1; i <= n; i++)
        for (int j = 1; j <= n; j++)
            if (i != j) {
                std::cout << "? " << i << ' ' << j << std::endl;
                if (!(std::cin >> heavier)) abort();
            }
    std::cout << "! " << heavier << std::endl;
}
