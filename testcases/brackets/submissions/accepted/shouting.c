/* The default comparison does not look at upper and lower case. */
#include <stdio.h>
#include <string.h>

int main(void) {
    char line[1002], stack[1002];
    int open = 0;
    if (scanf("%1001s", line) != 1) return 1;
    for (int i = 0; line[i] != 0; i++) {
        if (strchr("([{", line[i]) != NULL) {
            stack[open++] = line[i];
            continue;
        }
        /* The two of a kind are one or two apart in ASCII. */
        if (open == 0 || line[i] - stack[open - 1] < 1 || line[i] - stack[open - 1] > 2) {
            printf("Stop AT %d\n", i + 1);
            return 0;
        }
        open--;
    }
    if (open > 0)
        printf("OPEN %d\n", open);
    else
        puts("Good");
    return 0;
}
