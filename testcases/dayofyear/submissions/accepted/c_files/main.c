#include <stdio.h>

#include "months.h"

int main(void) {
    int year, day, month = 1;
    if (scanf("%d %d", &year, &day) != 2) return 1;
    while (day > days_in(month, year)) day -= days_in(month++, year);
    printf("%04d-%02d-%02d\n", year, month, day);
    return 0;
}
