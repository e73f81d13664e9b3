// A list for every second of the year, and in it room for four ships from the start.
#include <iostream>
#include <vector>

int main() {
    std::ios::sync_with_stdio(false);
    int n, slip;
    std::cin >> n;
    std::vector<std::vector<int>> seconds(10'000'001);
    for (auto& ships : seconds) ships.reserve(4);
    while (std::cin >> slip) seconds[slip].push_back(slip);
    int longest = 0, last = -1;
    for (int s = 0; s <= 10'000'000; s++)
        if (!seconds[s].empty()) {
            if (last >= 0) longest = std::max(longest, s - last);
            last = s;
        }
    std::cout << longest << '\n';
}
