#include <fstream>

int main() {
    std::ifstream in("factor.in");
    std::ofstream out("factor.out");
    long long wide;
    in >> wide;
    int n = static_cast<int>(wide), d = 2;
    while (n % d != 0) d++;
    out << d << " " << n / d << "\n";
}
