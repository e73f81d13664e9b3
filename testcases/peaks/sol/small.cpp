#include "peaks.h"

int peaks(int n, const int *height, int *highest) {
    if (n > 1000) return *highest = 0;
    int count = 0, best = 0;
    for (int i = 0; i < n; i++) {
        if (height[i] > height[best]) best = i;
        if (i > 0 && i + 1 < n && height[i - 1] < height[i] && height[i] > height[i + 1]) count++;
    }
    *highest = best + 1;
    return count;
}
