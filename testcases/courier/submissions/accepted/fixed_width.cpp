#include <iostream>
#include <string>

int main() {
    std::string task, word;
    std::cin >> task;
    if (task == "write") {
        int n;
        std::cin >> n;
        for (int bit = 13; bit >= 0; bit--) std::cout << (n >> bit & 1 ? 'b' : 'a');
    } else {
        int n = 0;
        std::cin >> word;
        for (char c : word) n = 2 * n + (c == 'b');
        std::cout << n;
    }
    std::cout << std::endl;
}
