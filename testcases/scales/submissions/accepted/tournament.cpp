#include <iostream>
#include <vector>

int main() {
    int n;
    std::cin >> n;
    std::vector<int> coins;
    for (int i = 1; i <= n; i++) coins.push_back(i);
    while (coins.size() > 1) {
        std::vector<int> next;
        for (size_t i = 0; i + 1 < coins.size(); i += 2) {
            int heavier;
            std::cout << "? " << coins[i] << ' ' << coins[i + 1] << std::endl;
            std::cin >> heavier;
            next.push_back(heavier);
        }
        if (coins.size() % 2) next.push_back(coins.back());
        coins = next;
    }
    std::cout << "! " << coins[0] << std::endl;
}
