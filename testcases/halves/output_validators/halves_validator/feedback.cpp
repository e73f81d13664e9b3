#include "feedback.h"

#include <cstdlib>
#include <fstream>
#include <iostream>

namespace {

constexpr int accepted = 42;
constexpr int wrong_answer = 43;
constexpr int judge_error = 1;

std::string directory;

[[noreturn]] void finish(int code, const std::string& reason) {
    if (!reason.empty()) {
        std::ofstream message(directory + "/judgemessage.txt", std::ios::app);
        message << reason << '\n';
        std::cerr << reason << '\n';
    }
    std::exit(code);
}

}  // namespace

void feedback_directory(const std::string& path) { directory = path; }
void accept() { finish(accepted, ""); }
void reject(const std::string& reason) { finish(wrong_answer, reason); }
void fault(const std::string& reason) { finish(judge_error, reason); }
