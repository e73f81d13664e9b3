#include <iostream>

int main() {
    int n;
    unsigned x, product = 1;
    std::cin >> n;
    while (n-- > 0 && std::cin >> x) product = product * x % {{modulus}}u;
    std::cout << product << "\n";
}
