// A checker by the protocol of testlib, INPUT OUTPUT ANSWER, made without testlib.h.
#include <cstdio>
#include <cstdlib>
#include <fstream>

[[noreturn]] static void quit(int code, const char *text) {
    std::fprintf(stderr, "%s\n", text);
    std::exit(code);
}

int main(int argc, char **argv) {
    if (argc < 4) quit(3, "FAIL three files are needed");
    std::ifstream input(argv[1]), output(argv[2]);
    long long n, a, b;
    if (!(input >> n)) quit(3, "FAIL broken input");
    if (!(output >> a >> b)) quit(2, "wrong output format two numbers are needed");
    char more;
    if (output >> more) quit(2, "wrong output format more than two numbers");
    if (a < 2 || b < 2) quit(1, "wrong answer a number is less than 2");
    if (n % a != 0 || n / a != b) quit(1, "wrong answer the product is another");
    quit(0, "ok");
}
