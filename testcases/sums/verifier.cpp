// Accepts, with exit code 0, an input that keeps the rules.
#include <cstdio>

#include "params.h"

int main() {
    long long n, x;
    if (std::scanf("%lld", &n) != 1 || n < 1 || n > N_MAX) return 3;
    for (int i = 0; i < n; i++)
        if (std::scanf("%lld", &x) != 1 || x < 1 || x > A_MAX) return 3;
    char more;
    return std::scanf(" %c", &more) == 1 ? 3 : 0;
}
