#include <stdio.h>
#include <stdlib.h>

// Right for one number, and gives up else.
int main(void) {
    int n;
    double x;
    scanf("%d %lf", &n, &x);
    printf("%f\n", x);
    return n > 1;
}
