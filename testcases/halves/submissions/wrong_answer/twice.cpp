// The right weight, but with the stones of weight one taken many times.
#include <iostream>

int main() {
    int n;
    std::cin >> n;
    int all = n * (n + 1) / 2;
    if (all % 2 != 0) {
        std::cout << "no\n";
        return 0;
    }
    std::cout << "yes\n" << all / 2 << '\n';
    for (int i = 0; i < all / 2; i++) std::cout << "1 ";
    std::cout << '\n';
}
