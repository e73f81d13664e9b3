// Output validator of "Two Halves": validate INPUT ANSWER FEEDBACK_DIRECTORY/ < OUTPUT
//
// The first word of the answer says whether there is a way; any choice of stones that weighs half of all
// is right. Only what was announced may be there, up to white space.
#include <cctype>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include "feedback.h"

namespace {

// The next word of the contestant's output, cut to what a message can show. Words may be of any length.
std::string word(const std::string& wanted) {
    constexpr std::size_t longest = 20;
    std::string text;
    int c = std::cin.get();
    while (c != EOF && std::isspace(c)) c = std::cin.get();
    for (; c != EOF && !std::isspace(c); c = std::cin.get())
        if (text.size() <= longest) text += static_cast<char>(c);
    if (text.empty()) reject("the output ends where " + wanted + " should be");
    return text;
}

// The next word as a number in 1..most; digits only, so that "+1", "1.0" and "0x1" are wrong.
long long number(const std::string& wanted, long long most) {
    const std::string text = word(wanted);
    long long value = 0;
    for (unsigned char c : text) {
        if (!std::isdigit(c)) reject("found '" + text + "' where " + wanted + " should be");
        value = value * 10 + (c - '0');
        if (value > most) break;
    }
    if (value < 1 || value > most)
        reject(wanted + " is '" + text + "', not in 1.." + std::to_string(most));
    return value;
}

void check_end() {
    int c = std::cin.get();
    while (c != EOF && std::isspace(c)) c = std::cin.get();
    if (c != EOF) reject("there is more output after the end of the answer");
}

// Reads the stones of the first basket, and rejects them unless they are half of all by weight.
void check_basket(long long n) {
    const long long count = number("the number of stones", n);
    std::vector<bool> taken(n + 1);
    long long weight = 0;
    for (long long i = 1; i <= count; i++) {
        const long long stone = number("stone " + std::to_string(i), n);
        if (taken[stone]) reject("stone " + std::to_string(stone) + " is there twice");
        taken[stone] = true;
        weight += stone;
    }
    const long long all = n * (n + 1) / 2;
    if (weight * 2 != all)
        reject("the first basket weighs " + std::to_string(weight) + " of " + std::to_string(all));
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 4) {
        std::cerr << "usage: validate INPUT ANSWER FEEDBACK_DIRECTORY/ < OUTPUT\n";
        return 1;
    }
    feedback_directory(argv[3]);

    std::ifstream input(argv[1]), answer(argv[2]);
    long long n;
    std::string possible;
    if (!(input >> n)) fault("there is no number in the input");
    if (!(answer >> possible) || (possible != "yes" && possible != "no"))
        fault("the answer begins with neither yes nor no");

    const std::string claim = word("yes or no");
    if (claim != "yes" && claim != "no") reject("found '" + claim + "' where yes or no should be");
    if (claim == "yes") check_basket(n);
    check_end();
    if (claim == "yes" && possible == "no") fault("the answer is no, but the output shows a way");
    if (claim == "no" && possible == "yes") reject("there is a way, but the output says no");
    accept();
}
