#pragma once

// The number of days of a month, 1 to 12, in a year.
int days_in(int month, int year);
