#include <cstdio>

#include "../params.h"

int main() {
    std::printf("%lld\n", N_MAX);
    for (int i = 0; i < N_MAX; i++) std::printf("%lld%c", A_MAX, i + 1 < N_MAX ? ' ' : '\n');
}
