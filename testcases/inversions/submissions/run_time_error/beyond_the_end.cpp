#include "inversions.h"

long long inversions(const std::vector<int> &numbers) {
    return numbers.at(numbers.size());
}
