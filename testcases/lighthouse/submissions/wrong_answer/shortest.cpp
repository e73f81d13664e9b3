// The shortest time instead of the longest.
#include <algorithm>
#include <iostream>
#include <vector>

int main() {
    std::ios::sync_with_stdio(false);
    int n, shortest = 10'000'000;
    std::cin >> n;
    std::vector<int> slips(n);
    for (int& slip : slips) std::cin >> slip;
    std::sort(slips.begin(), slips.end());
    for (int i = 1; i < n; i++)
        if (slips[i] > slips[i - 1]) shortest = std::min(shortest, slips[i] - slips[i - 1]);
    std::cout << shortest << '\n';
}
