// A checker by the protocol of testlib, written without testlib.h:
//
//	check INPUT OUTPUT ANSWER
//
// It exits 0 when the output is as good as the answer, 1 when it is wrong, 2 when it has the wrong format, 3 when the
// files of the jury are broken, and PC_BASE_EXIT_CODE + n for n percent. The judge compiles it with that macro set.
#include <fstream>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#ifndef PC_BASE_EXIT_CODE
#error "the judge says where partial results begin"
#endif

int say(int code, const std::string& text) {
    std::cerr << text << '\n';
    return code;
}

int main(int argc, char** argv) {
    if (argc != 4) return say(3, "FAIL three files are needed");
    std::ifstream input(argv[1]), output(argv[2]), answer(argv[3]);
    int n = 0, least = -1;
    if (!(input >> n) || !(answer >> least)) return say(3, "FAIL input or answer cannot be read");
    std::vector<int> p(n + 1);
    for (int i = 1; i <= n; i++) input >> p[i];
    int swaps = 0, a = 0, b = 0;
    while (output >> a) {
        if (!(output >> b)) return say(2, "wrong output format a pair has only one number");
        if (a < 1 || a > n || b < 1 || b > n) return say(2, "wrong output format there is no such place");
        if (++swaps > 2000) return say(1, "wrong answer more than 2000 swaps");
        std::swap(p[a], p[b]);
    }
    if (!output.eof()) return say(2, "wrong output format a number was expected");
    for (int i = 1; i <= n; i++)
        if (p[i] != i) return say(1, "wrong answer not sorted at place " + std::to_string(i));
    if (swaps < least) return say(3, "FAIL the jury needs more swaps");
    if (swaps == least) return say(0, "ok " + std::to_string(swaps) + " swaps");
    const int percent = 10 * least / swaps * 10;
    return say(PC_BASE_EXIT_CODE + percent,
               "partially correct (" + std::to_string(percent) + ") " + std::to_string(swaps) + " swaps");
}
