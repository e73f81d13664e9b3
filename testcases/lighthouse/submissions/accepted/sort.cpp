#include <algorithm>
#include <iostream>
#include <vector>

int main() {
    std::ios::sync_with_stdio(false);
    std::cin.tie(nullptr);
    int n, longest = 0;
    std::cin >> n;
    std::vector<int> slips(n);
    for (int& slip : slips) std::cin >> slip;
    std::sort(slips.begin(), slips.end());
    for (int i = 1; i < n; i++) longest = std::max(longest, slips[i] - slips[i - 1]);
    std::cout << longest << '\n';
}
