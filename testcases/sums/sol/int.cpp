#include <iostream>

int main() {
    unsigned n, x, sum = 0;
    std::cin >> n;
    while (std::cin >> x) std::cout << (sum += x) << " ";
    std::cout << "\n";
}
