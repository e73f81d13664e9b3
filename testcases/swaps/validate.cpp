// Looks at an input, as validators of testlib do: exits 0 when it keeps the rules, 3 when it does not.
#include <iostream>
#include <iterator>
#include <set>
#include <sstream>
#include <string>

int main() {
    const std::string text((std::istreambuf_iterator<char>(std::cin)), {});
    std::istringstream in(text);
    int n = 0, x = 0;
    if (!(in >> n) || n < 1 || n > 50) return 3;
    std::set<int> seen;
    std::string want = std::to_string(n) + "\n";
    for (int i = 1; i <= n; i++) {
        if (!(in >> x) || x < 1 || x > n || !seen.insert(x).second) return 3;
        want += std::to_string(x) + (i < n ? " " : "\n");
    }
    return text == want ? 0 : 3;
}
