// Sorts by insertion: two hundred thousand million steps on the descending slips.
#include <iostream>
#include <vector>

int main() {
    std::ios::sync_with_stdio(false);
    int n, longest = 0;
    std::cin >> n;
    std::vector<int> slips;
    for (int slip; std::cin >> slip;) {
        slips.push_back(slip);
        for (std::size_t i = slips.size() - 1; i > 0 && slips[i - 1] > slips[i]; i--)
            std::swap(slips[i - 1], slips[i]);
    }
    for (int i = 1; i < n; i++) longest = std::max(longest, slips[i] - slips[i - 1]);
    std::cout << longest << '\n';
}
