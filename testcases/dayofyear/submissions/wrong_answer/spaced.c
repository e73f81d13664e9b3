/* The right date after a space, which counts where space_change_sensitive is set. */
#include <stdio.h>

int main(void) {
    int year, day, month = 0;
    if (scanf("%d %d", &year, &day) != 2) return 1;
    int leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    int days[] = {31, 28 + leap, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    while (day > days[month]) day -= days[month++];
    printf(" %04d-%02d-%02d\n", year, month + 1, day);
    return 0;
}
