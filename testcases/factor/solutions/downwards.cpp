#include <fstream>

int main() {
    std::ifstream in("factor.in");
    std::ofstream out("factor.out");
    long long n;
    in >> n;
    long long d = n - 1;
    while (n % d != 0) d--;
    out << d << " " << n / d << "\n";
}
