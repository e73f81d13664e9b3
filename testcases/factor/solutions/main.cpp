#include <fstream>

int main() {
    std::ifstream in("factor.in");
    std::ofstream out("factor.out");
    long long n, d = 2;
    in >> n;
    while (n % d != 0) d++;
    out << d << " " << n / d << "\n";
}
