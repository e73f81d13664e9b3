// Sorts by trying, before it looks.
#include <algorithm>
#include <iostream>
#include <vector>

int main() {
    long long n, s;
    std::cin >> n >> s;
    std::vector<long long> a(n);
    for (auto &x : a) std::cin >> x;
    volatile long long found = -1;
    for (long long round = 0; round < n * n; round++)
        for (int i = 0; i < n; i++)
            for (int j = i + 1; j < n && found < 0; j++)
                if (a[i] + a[j] == s && round + 1 == n * n) found = i * n + j;
    std::cout << found / n + 1 << " " << found % n + 1 << "\n";
}
