#include <fstream>

int main() {
    std::ifstream in("factor.in");
    std::ofstream out("factor.out");
    long long n;
    in >> n;
    out << 1 << " " << n << "\n";
}
