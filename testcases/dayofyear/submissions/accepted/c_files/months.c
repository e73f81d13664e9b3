#include "months.h"

static int leap(int year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

int days_in(int month, int year) {
    if (month == 2) return 28 + leap(year);
    return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}
