// A checker of CMS: INPUT ANSWER OUTPUT. It prints the score, from 0 to 1, and a message for the team on standard error.
#include <cstdio>
#include <fstream>

static void quit(double score, const char *message) {
    std::printf("%g\n", score);
    std::fprintf(stderr, "%s\n", message);
}

int main(int argc, char **argv) {
    if (argc < 4) return 1;
    std::ifstream answer(argv[2]), output(argv[3]);
    int count, highest, c, h;
    if (!(answer >> count >> highest)) return 1;
    if (!(output >> c >> h)) return quit(0, "two numbers are needed"), 0;
    if (c != count) return quit(0, "translate:wrong"), 0;
    if (h != highest) return quit(0.5, "the number of peaks is right"), 0;
    quit(1, "translate:success");
}
