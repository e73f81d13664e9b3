// The right answer on standard output, and no end of complaints on standard error,
// which counts as well.
#include <cstdio>
#include <iostream>
#include <string>

int main() {
    long long n, entry, sum = 0;
    std::cin >> n;
    while (std::cin >> entry) sum += entry;
    std::cout << sum << std::endl;
    const std::string line(4095, '!');
    for (int i = 0; i < 16384; i++) std::fprintf(stderr, "%s\n", line.c_str());
}
