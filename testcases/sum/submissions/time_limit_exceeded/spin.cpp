// Prints the sum in time, then never ends on the largest test.
#include <iostream>

int main() {
    long long n, entry, sum = 0;
    std::cin >> n;
    while (std::cin >> entry) sum += entry;
    std::cout << sum << std::endl;
    volatile bool going = n == 100000;
    while (going) {
    }
}
