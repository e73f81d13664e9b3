#pragma once
#include <cctype>
#include <fstream>
#include <string>
#include <vector>

// lower makes letters of either case alike.
inline std::string lower(std::string s) {
    for (char &c : s) c = std::tolower(static_cast<unsigned char>(c));
    return s;
}

// words_of reads the words of a file.
inline std::vector<std::string> words_of(const char *name) {
    std::ifstream file(name);
    std::vector<std::string> all;
    all.reserve({{words}});
    for (std::string word; file >> word;) all.push_back(lower(word));
    return all;
}
