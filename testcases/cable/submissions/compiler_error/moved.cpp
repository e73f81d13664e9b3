#include <iostream>
#include <memory>

int main() {
    std::unique_ptr<double> sag = std::make_unique<double>(1.5);
    std::unique_ptr<double> copy = sag;
    std::cout << *copy << '\n';
}
