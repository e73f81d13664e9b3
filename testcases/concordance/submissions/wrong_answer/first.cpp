#include <algorithm>
#include <iostream>

#include "words.h"

int main(int argc, char **argv) {
    const auto book = words_of("book.txt"), stop = words_of("stop.txt");
    for (int i = 2; i < argc; i++) {
        const std::string word = lower(argv[i]);
        if (std::count(stop.begin(), stop.end(), word) > 0)
            std::cout << "-\n";
        else
            std::cout << std::count(book.begin(), book.end(), word) << '\n';
    }
}
