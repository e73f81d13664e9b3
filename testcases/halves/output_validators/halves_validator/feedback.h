// How a validator says what it found: a message for the judges in the feedback directory, and the exit code.
#pragma once

#include <string>

// Ends the validator with the verdict "accepted".
[[noreturn]] void accept();

// Ends the validator with the verdict "wrong answer", with the reason in judgemessage.txt.
[[noreturn]] void reject(const std::string& reason);

// Ends the validator with neither verdict: the fault is in the problem package.
[[noreturn]] void fault(const std::string& reason);

// Names the directory for the messages. To be called before the others.
void feedback_directory(const std::string& path);
