// Looks at an input, as validators of testlib do: exits 0 when it keeps the rules, 3 when it does not.
#include <iostream>
#include <iterator>
#include <string>

int main() {
    const std::string text((std::istreambuf_iterator<char>(std::cin)), {});
    const size_t n = text.find_first_not_of("abcdefghijklmnopqrstuvwxyz");
    const bool word = n != std::string::npos && n <= 100 && n == text.size() - 1 && text[n] == '\n';
    return word && text.find_first_not_of(text[0]) < n ? 0 : 3;
}
