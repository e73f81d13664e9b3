// Reads an input and exits with 0 if it keeps the rules.
#include <cstdio>
#include <set>

int main() {
    long long n, s;
    if (std::scanf("%lld %lld", &n, &s) != 2 || n < 2 || n > 1000) return std::puts("n is wrong"), 1;
    std::set<long long> seen;
    bool pair = false;
    for (long long i = 0, x; i < n; i++) {
        if (std::scanf("%lld", &x) != 1 || x < 1 || x > 1000000000) return std::puts("a number is wrong"), 1;
        pair = pair || seen.count(s - x);
        seen.insert(x);
    }
    if (!pair) return std::puts("there is no pair"), 1;
    std::puts("OK");
}
