// Writes all guesses at once and does not wait for answers.
#include <cstdio>

int main() {
    for (int i = 1; i <= 1000; i++) printf("%d\n", i % 10 + 1100);
    fflush(stdout);
    while (getchar() != EOF) {
    }
}
