#include <algorithm>
#include <vector>

int main() {
    std::vector<int> slips = {3, 1, 2};
    std::sort(slips.begin(), slips.end()
    return slips[0];
}
