// A checker by the protocol of testlib, INPUT OUTPUT ANSWER, made without testlib.h: it says by its exit code whether the
// output is right (0), wrong (1), no output at all (2), or worth a part (7), and that its own files are broken (3).
#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <numeric>
#include <string>
#include <vector>

[[noreturn]] static void quit(int code, const char *format, ...) {
    va_list args;
    va_start(args, format);
    std::vfprintf(stderr, format, args);
    va_end(args);
    std::fputc('\n', stderr);
    std::exit(code);
}

// heavier reads a split and returns the weight of the heavier heap; code is what a broken one means.
static int heavier(const char *name, const std::vector<int> &weights, int format, int wrong) {
    std::ifstream file(name);
    std::string word;
    int heaps[2] = {0, 0};
    for (int weight : weights) {
        if (!(file >> word)) quit(format, "wrong output format Unexpected end of file");
        if (word != "1" && word != "2") quit(wrong, "wrong answer heap %s, expected 1 or 2", word.c_str());
        heaps[word == "2"] += weight;
    }
    if (file >> word) quit(format, "wrong output format Extra information in the output file");
    return std::max(heaps[0], heaps[1]);
}

int main(int argc, char **argv) {
    if (argc < 4) quit(3, "FAIL three files are needed");
    std::ifstream input(argv[1]);
    int count = 0;
    input >> count;
    std::vector<int> weights(count);
    for (int &weight : weights) input >> weight;
    if (!input) quit(3, "FAIL broken input");
    const int best = heavier(argv[3], weights, 3, 3), found = heavier(argv[2], weights, 2, 1);
    if (found < best) quit(3, "FAIL the answer weighs %d, and the output %d", best, found);
    if (found == best) quit(0, "ok %d", found);
    if (2 * found <= 3 * best) quit(7, "points 0.5 %d, best is %d", found, best);
    quit(1, "wrong answer %d, best is %d", found, best);
}
