#include <iostream>

int main() {
    int n, best = 1;
    std::cin >> n;
    for (int coin = 2; coin <= n; coin++) {
        std::cout << "? " << best << ' ' << coin << std::endl;
        std::cin >> best;
    }
    std::cout << "! " << best << std::endl;
    return 3;
}
