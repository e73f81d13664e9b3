#include <cstdio>

int main() {
    for (int i = 0; i < 20000000; i++) fputs("500 500 500 500\n", stderr);
}
