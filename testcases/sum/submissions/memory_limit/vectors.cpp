// Keeps 64 vectors of 16 MiB on the larger tests.
#include <iostream>
#include <vector>

int main() {
    long long n, entry, sum = 0;
    std::cin >> n;
    while (std::cin >> entry) sum += entry;
    std::vector<std::vector<char>> kept;
    for (int i = 0; i < 64 && n >= 5000; i++) kept.emplace_back(16 << 20, 'x');
    for (auto& block : kept) sum += block[entry & 1023] - 'x';
    std::cout << sum << '\n';
}
