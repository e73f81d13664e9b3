#include <iostream>
#include <array>

int main() {
    int n;
    std::cin >> n;
    std::array<long long, 100> a{};
    long long sum = 0;
    for (int i = 0; i < n; i++) {
        std::cin >> a.at(i);
        std::cout << (sum += a[i]) << " ";
    }
    std::cout << "\n";
}
