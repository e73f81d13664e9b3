// A table of which weights can be reached with which stones: 2 GB on the
// largest test.
#include <algorithm>
#include <iostream>
#include <vector>

int main() {
    int n;
    std::cin >> n;
    int half = n * (n + 1) / 4;
    if (n % 4 == 1 || n % 4 == 2) {
        std::cout << "no\n";
        return 0;
    }
    std::vector<std::vector<char>> reach(n + 1);
    for (auto& row : reach) row.assign(half + 1, 0);
    reach[0][0] = 1;
    for (int i = 1; i <= n; i++)
        for (int w = 0; w <= half; w++)
            reach[i][w] = reach[i - 1][w] || (w >= i && reach[i - 1][w - i]);
    std::vector<int> basket;
    for (int i = n, w = half; i >= 1; i--)
        if (!reach[i - 1][w]) {
            basket.push_back(i);
            w -= i;
        }
    std::cout << "yes\n" << basket.size() << '\n';
    for (int stone : basket) std::cout << stone << ' ';
    std::cout << '\n';
}
