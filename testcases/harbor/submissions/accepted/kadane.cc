// @EXPECTED_SCORE@: 100
#include <algorithm>
#include <iostream>

int main() {
    int n, change, sum = -1000000, best = -1000000;
    std::cin >> n;
    while (n-- > 0) {
        std::cin >> change;
        sum = std::max(sum, 0) + change;
        best = std::max(best, sum);
    }
    std::cout << best << '\n';
}
