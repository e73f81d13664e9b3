#include "peaks.h"

int peaks(int n, const int *height, int *highest) {
    int count = 0;
    for (int i = 1; i + 1 < n; i++)
        if (height[i - 1] < height[i] && height[i] > height[i + 1]) count++;
    *highest = -1;
    return count;
}
