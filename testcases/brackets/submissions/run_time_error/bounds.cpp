// Checked access far behind the end of an empty stack.
#include <iostream>
#include <string>
#include <vector>

int main() {
    std::string line;
    std::cin >> line;
    std::vector<char> open;
    for (std::size_t i = 0; i < line.size(); i++)
        if (std::string("([{").find(line[i]) != std::string::npos)
            open.push_back(line[i]);
        else if (line[i] - open.at(open.size() - 1) < 1 || line[i] - open.at(open.size() - 1) > 2) {
            std::cout << "stop at " << i + 1 << '\n';
            return 0;
        } else
            open.pop_back();
    if (open.empty())
        std::cout << "good\n";
    else
        std::cout << "open " << open.size() << '\n';
}
