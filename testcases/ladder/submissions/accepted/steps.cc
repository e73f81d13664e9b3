// @EXPECTED_SCORE@: 61
// 10 and 30, and the 5, 7 and 9 digits of the last group.
#include <iostream>

int main() {
    int n;
    std::cin >> n;
    long long a = 1, b = 1;
    while (n-- > 0) {
        b += a;
        a = b - a;
    }
    std::cout << a << '\n';
}
