// Guesses on after the right guess: found wrong, and then in an endless loop.
#include <iostream>
#include <string>

int main() {
    int low = 1, high = 1000;
    std::string answer;
    while (answer != "correct") {
        int middle = (low + high) / 2;
        std::cout << middle << std::endl;
        std::cin >> answer;
        if (answer == "lower") high = middle - 1;
        if (answer == "higher") low = middle + 1;
    }
    std::cout << 1 << std::endl;
    for (volatile int i = 0;; i = i + 1) {
    }
}
