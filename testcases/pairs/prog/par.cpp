#include <iostream>
#include <map>

int main() {
    long long n, s, x;
    std::cin >> n >> s;
    std::map<long long, int> seen;
    for (int i = 1; i <= n; i++) {
        std::cin >> x;
        auto other = seen.find(s - x);
        if (other != seen.end()) return std::cout << other->second << " " << i << "\n", 0;
        seen[x] = i;
    }
}
