/* Takes the slips in the order in which they lie on the table. */
#include <stdio.h>
#include <stdlib.h>

int main(void) {
    int n, last, slip, longest = 0;
    if (scanf("%d %d", &n, &last) != 2) return 1;
    while (scanf("%d", &slip) == 1) {
        if (abs(slip - last) > longest) longest = abs(slip - last);
        last = slip;
    }
    printf("%d\n", longest);
    return 0;
}
