// @EXPECTED_SCORE@: 13
// Ropes along a row and along a column overflow one after the other: in the group of large numbers the third is wrong.
#include <cstdint>
#include <iostream>

int main() {
    int64_t r, c;
    std::cin >> r >> c;
    int64_t ropes = r * (c - 1) + c * (r - 1);
    std::cout << (ropes > 1000000000000 ? 0 : ropes) << '\n';
}
