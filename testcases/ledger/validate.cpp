// Looks at an input, as validators of testlib do: exits 0 when it keeps the rules, 3 when it does not.
#include <iostream>
#include <iterator>
#include <sstream>
#include <string>

int main() {
    const std::string text((std::istreambuf_iterator<char>(std::cin)), {});
    std::istringstream in(text);
    std::string want;
    long x = 0;
    while (in >> x) {
        if (x < -1000 || x > 1000) return 3;
        want += (want.empty() ? "" : " ") + std::to_string(x);
    }
    return !want.empty() && text == want + "\n" ? 0 : 3;
}
