// Thinks of the number in the input, and answers guesses.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string>

static std::string feedback;

[[noreturn]] static void wrong(const std::string &why) {
    std::ofstream(feedback + "judgemessage.txt") << why << "\n";
    exit(43);
}

// number reads a guess: digits alone, so that nothing strange passes for a number.
static int number(const std::string &line) {
    if (line.empty() || line.size() > 4) wrong("guess of " + std::to_string(line.size()) + " characters");
    for (char c : line)
        if (c < '0' || c > '9') wrong("guess that is no number");
    int n = atoi(line.c_str());
    if (n < 1 || n > 1000) wrong("guess " + line + " is not from 1 to 1000");
    return n;
}

int main(int, char **argv) {
    feedback = argv[3];
    int secret;
    std::ifstream(argv[1]) >> secret;
    for (int guesses = 1; guesses <= 10; guesses++) {
        std::string line;
        if (!std::getline(std::cin, line)) wrong("no guess " + std::to_string(guesses));
        int guess = number(line);
        if (guess == secret) {
            std::cout << "correct" << std::endl;
            if (std::getline(std::cin, line)) wrong("one more guess after the right one");
            std::ofstream(feedback + "judgemessage.txt") << guesses << " guesses\n";
            return 42;
        }
        std::cout << (secret < guess ? "lower" : "higher") << std::endl;
    }
    wrong("more than 10 guesses");
}
