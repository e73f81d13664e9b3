#include <cstdio>
#include <vector>

#include "peaks.h"

int main() {
    std::FILE *in = std::fopen("input.txt", "r"), *out = std::fopen("output.txt", "w");
    int n;
    if (std::fscanf(in, "%d", &n) != 1) return 1;
    std::vector<int> height(n);
    for (int &h : height)
        if (std::fscanf(in, "%d", &h) != 1) return 1;
    int highest = 0;
    int count = peaks(n, height.data(), &highest);
    std::fprintf(out, "%d\n%d\n", count, highest);
    std::fclose(out);
}
