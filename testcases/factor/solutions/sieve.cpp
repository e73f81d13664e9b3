#include <fstream>
#include <vector>

int main() {
    std::ifstream in("factor.in");
    std::ofstream out("factor.out");
    long long n;
    in >> n;
    std::vector<int> least(n < 1000 ? n + 1 : 200000000, 1);
    long long d = 2;
    while (n % d != 0) d++;
    out << d * least[d] << " " << n / d << "\n";
}
