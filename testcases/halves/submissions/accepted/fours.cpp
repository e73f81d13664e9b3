// Any four stones in a row split evenly, the outer two against the inner two; so do
// the first three, 1 and 2 against 3.
#include <iostream>
#include <vector>

int main() {
    int n;
    std::cin >> n;
    std::vector<int> basket;
    int low = 1;
    if (n % 4 == 3) {
        basket.push_back(3);
        low = 4;
    } else if (n % 4 != 0) {
        std::cout << "no\n";
        return 0;
    }
    for (; low <= n; low += 4) {
        basket.push_back(low);
        basket.push_back(low + 3);
    }
    std::cout << "yes\n" << basket.size() << '\n';
    for (int stone : basket) std::cout << stone << '\n';
}
