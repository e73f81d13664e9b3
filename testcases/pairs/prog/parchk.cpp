// A checker of sinol-pack: INPUT OUTPUT ANSWER. It prints OK or WRONG, a comment, and a percentage.
#include <cstdio>
#include <fstream>
#include <vector>

static int wrong(const char *comment) { return std::printf("WRONG\n%s\n", comment), 0; }

int main(int argc, char **argv) {
    if (argc < 4) return 2;
    std::ifstream input(argv[1]), output(argv[2]);
    long long n, s, i, j;
    input >> n >> s;
    std::vector<long long> a(n + 1);
    for (int k = 1; k <= n; k++) input >> a[k];
    if (!input) return 2;
    if (!(output >> i >> j)) return wrong("two numbers are needed");
    if (i >= 1 && i <= n && j >= 1 && j <= n && i != j && a[i] + a[j] == s) return std::puts("OK"), 0;
    if (i + j != s) return wrong("the sum is another");
    std::puts("OK\nthe numbers, and not their places\n50");
}
