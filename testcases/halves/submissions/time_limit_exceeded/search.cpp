// Tries the stones from the lightest up, each first without and then with it: at
// n = 31 that is already far too much.
#include <iostream>
#include <vector>

int n;
std::vector<int> basket;

bool fill(int stone, int left) {
    if (left == 0) return true;
    if (stone > n || left < 0) return false;
    if (fill(stone + 1, left)) return true;
    basket.push_back(stone);
    if (fill(stone + 1, left - stone)) return true;
    basket.pop_back();
    return false;
}

int main() {
    std::cin >> n;
    int all = n * (n + 1) / 2;
    if (all % 2 != 0 || !fill(1, all / 2)) {
        std::cout << "no\n";
        return 0;
    }
    std::cout << "yes\n" << basket.size() << '\n';
    for (int stone : basket) std::cout << stone << ' ';
    std::cout << '\n';
}
