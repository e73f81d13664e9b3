#include <iostream>
#include <stack>
#include <string>

int main() {
    const std::string opening = "([{", closing = ")]}";
    std::string line;
    std::cin >> line;
    std::stack<char> open;
    for (std::size_t i = 0; i < line.size(); i++) {
        std::size_t kind = opening.find(line[i]);
        if (kind != std::string::npos) {
            open.push(closing[kind]);
        } else if (open.empty() || open.top() != line[i]) {
            std::cout << "stop at " << i + 1 << '\n';
            return 0;
        } else {
            open.pop();
        }
    }
    if (open.empty())
        std::cout << "good\n";
    else
        std::cout << "open " << open.size() << '\n';
}
