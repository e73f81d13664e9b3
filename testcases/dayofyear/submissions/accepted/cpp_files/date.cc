#include <cstdio>
#include <iostream>

#include "months.hpp"

int main() {
    int year, day, month = 1;
    std::cin >> year >> day;
    while (day > days_in(month, year)) day -= days_in(month++, year);
    std::printf("%04d-%02d-%02d\n", year, month, day);
}
