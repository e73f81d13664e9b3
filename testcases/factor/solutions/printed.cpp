// Right, and written to standard output, which nobody looks at.
#include <cstdio>
#include <fstream>

int main() {
    std::ifstream in("factor.in");
    long long n, d = 2;
    in >> n;
    while (n % d != 0) d++;
    std::printf("%lld %lld\n", d, n / d);
}
