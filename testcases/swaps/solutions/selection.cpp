#include <iostream>
#include <utility>
int main() {
    int n, p[51];
    std::cin >> n;
    for (int i = 1; i <= n; i++) std::cin >> p[i];
    for (int i = 1; i <= n; i++) {
        int j = i;
        while (p[j] != i) j++;
        if (i == j) continue;
        std::swap(p[i], p[j]);
        std::cout << i << ' ' << j << '\n';
    }
}
