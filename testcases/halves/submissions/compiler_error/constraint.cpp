#include <concepts>
#include <string>

template <std::integral T>
T half(T all) {
    return all / 2;
}

int main() { return half(std::string("4")); }
