// What a submission has to define.
#pragma once

#include <vector>

long long inversions(const std::vector<int> &numbers);
