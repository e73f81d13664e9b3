// Looks at an input, as validators of testlib do: exits 0 when it keeps the rules, 3 when it does not.
#include <iostream>
#include <iterator>
#include <string>

int main() {
    const std::string text((std::istreambuf_iterator<char>(std::cin)), {});
    const size_t n = text.find_first_not_of("abcdefghijklmnopqrstuvwxyz");
    return n > 0 && n % 2 == 0 && n == text.size() - 1 && text[n] == '\n' ? 0 : 3;
}
