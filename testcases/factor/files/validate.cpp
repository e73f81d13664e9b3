// Accepts, with exit code 0, one composite number from 4 to 10^12 and a line feed.
#include <cstdio>
#include <cstdlib>
#include <string>

int main() {
    std::string text;
    for (int c; (c = std::getchar()) != EOF;) text += static_cast<char>(c);
    long long n = std::atoll(text.c_str());
    if (n < 4 || n > 1000000000000 || text != std::to_string(n) + "\n") return 3;
    for (long long d = 2; d * d <= n; d++)
        if (n % d == 0) return 0;
    return 3;
}
