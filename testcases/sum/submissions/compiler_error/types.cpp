#include <string>

int main() {
    std::string sum = nullptr + 1;
    return sum;
}
