#include <bitset>
#include <iostream>
#include <vector>

int main() {
    int n, total = 0;
    std::cin >> n;
    std::vector<int> weights(n);
    for (int &weight : weights) std::cin >> weight, total += weight;
    std::vector<std::bitset<10001>> reach(n + 1);
    reach[0][0] = true;
    for (int i = 0; i < n; i++) reach[i + 1] = reach[i] | reach[i] << weights[i];
    int sum = total / 2;
    while (!reach[n][sum]) sum--;
    std::vector<int> heap(n, 1);
    for (int i = n - 1; i >= 0; i--)
        if (!reach[i][sum]) heap[i] = 2, sum -= weights[i];
    for (int h : heap) std::cout << h << ' ';
    std::cout << '\n';
}
