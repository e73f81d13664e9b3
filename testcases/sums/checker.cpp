// A checker by the protocol of testlib, INPUT OUTPUT ANSWER, made without testlib.h.
#include <cstdio>
#include <fstream>

#include "params.h"

int main(int argc, char **argv) {
    if (argc < 4) return 3;
    std::ifstream output(argv[2]), answer(argv[3]);
    long long want, got, count = 0;
    for (; answer >> want; count++) {
        if (!(output >> got)) return std::fprintf(stderr, "wrong output format number %lld is missing\n", count + 1), 2;
        if (got != want) return std::fprintf(stderr, "wrong answer number %lld is %lld, not %lld\n", count + 1, got, want), 1;
    }
    if (count < 1 || count > N_MAX) return std::fprintf(stderr, "FAIL %lld numbers\n", count), 3;
    char more;
    if (output >> more) return std::fprintf(stderr, "wrong output format there is more\n"), 2;
    std::fprintf(stderr, "ok %lld numbers\n", count);
}
