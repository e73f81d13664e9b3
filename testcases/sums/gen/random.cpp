#include <cstdio>
#include <cstdlib>
#include <random>

#include "../params.h"

int main(int argc, char **argv) {
    std::mt19937_64 gen(argc > 1 ? std::atoll(argv[1]) : 0);
    const int n = 2000;
    std::printf("%d\n", n);
    for (int i = 0; i < n; i++) std::printf("%lld%c", static_cast<long long>(gen() % A_MAX + 1), i + 1 < n ? ' ' : '\n');
}
