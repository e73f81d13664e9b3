// Reads the input, calls the submission, and prints what it returns. Together with this file a submission is larger
// than the code limit of the problem, which is about what was submitted alone.
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "inversions.h"

static std::vector<int> read_numbers() {
    int count = 0;
    if (std::scanf("%d", &count) != 1 || count < 1) {
        std::fprintf(stderr, "grader: no number of numbers\n");
        std::exit(1);
    }
    std::vector<int> numbers(count);
    for (int i = 0; i < count; i++) {
        if (std::scanf("%d", &numbers[i]) != 1) {
            std::fprintf(stderr, "grader: number %d of %d is missing\n", i + 1, count);
            std::exit(1);
        }
    }
    return numbers;
}

int main() {
    const std::vector<int> numbers = read_numbers();
    const long long found = inversions(numbers);
    std::printf("%lld\n", found);
    return 0;
}
