#include "days.hpp"

int main() { return months(); }
