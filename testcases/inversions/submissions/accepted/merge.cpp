#include "inversions.h"

#include <algorithm>

static long long sort(std::vector<int> &a, int from, int to) {
    if (to - from < 2) return 0;
    int middle = (from + to) / 2;
    long long found = sort(a, from, middle) + sort(a, middle, to);
    for (int i = from, k = middle; i < middle; i++) {
        while (k < to && a[k] < a[i]) k++;
        found += k - middle;
    }
    std::inplace_merge(a.begin() + from, a.begin() + middle, a.begin() + to);
    return found;
}

long long inversions(const std::vector<int> &numbers) {
    std::vector<int> copy = numbers;
    return sort(copy, 0, copy.size());
}
