#include <cstdio>

int main(int argc, char **argv) {
    if (argc > 1) std::puts(argv[1]);
}
