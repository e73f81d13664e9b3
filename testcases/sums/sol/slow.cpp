#include <iostream>
#include <vector>

int main() {
    long long n;
    std::cin >> n;
    std::vector<long long> a(n);
    for (auto &x : a) std::cin >> x;
    for (int i = 0; i < n; i++) {
        volatile long long sum = 0;
        for (int round = 0; round < n; round++) {
            sum = 0;
            for (int j = 0; j <= i; j++) sum = sum + a[j];
        }
        std::cout << sum << " ";
    }
    std::cout << "\n";
}
