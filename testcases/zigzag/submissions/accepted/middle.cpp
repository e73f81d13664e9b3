// From the middle outwards: the distances are 1, 2, ..., n - 1.
#include <iostream>

int main() {
    int n;
    std::cin >> n;
    int stop = (n + 1) / 2;
    for (int i = 1; i <= n; i++) {
        std::cout << stop << '\n';
        stop += i % 2 == 1 ? i : -i;
    }
}
