// Leaves out the negative entries.
#include <iostream>

int main() {
    long long n, entry, sum = 0;
    std::cin >> n;
    while (std::cin >> entry)
        if (entry > 0) sum += entry;
    std::cout << sum << '\n';
}
