#ifndef PEAKS_H
#define PEAKS_H

int peaks(int n, const int *height, int *highest);

#endif
