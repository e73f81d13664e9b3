// The last two bits at the third visit.
#include <iostream>

static int ask(int bit) {
    int answer;
    std::cout << "? " << bit << std::endl;
    std::cin >> answer;
    return answer << bit;
}

static void end(char how, int number) { std::cout << how << ' ' << number << std::endl; }

int main() {
    int memory;
    std::cin >> memory;
    if (memory == 0) end('=', 100 + ask(0));
    else if (memory < 200) end('=', 100 + memory + ask(1));
    else end('!', memory - 200 + ask(2) + ask(3));
}
