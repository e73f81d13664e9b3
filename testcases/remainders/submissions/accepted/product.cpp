#include <iostream>

#include "modulus.h"

static_assert(modulus == {{modulus}});

int main() {
    int n;
    long long x, product = 1;
    std::cin >> n;
    while (n-- > 0 && std::cin >> x) product = product * (x % modulus) % modulus;
    std::cout << product << "\n";
}
