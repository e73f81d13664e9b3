// Nobody catches this, so the library calls abort().
#include <stdexcept>

int main() { throw std::runtime_error("no sum today"); }
