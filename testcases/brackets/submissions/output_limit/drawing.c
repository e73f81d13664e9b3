/* Draws the brackets, one per line and indented by their depth, then answers; the
   drawing is white space only, as the brackets are left out. */
#include <stdio.h>
#include <string.h>

int main(void) {
    char line[1002], stack[1002];
    int open = 0;
    if (scanf("%1001s", line) != 1) return 1;
    for (int i = 0; line[i] != 0; i++) {
        printf("%*s\n", 10 * open, "");
        if (strchr("([{", line[i]) != NULL) {
            stack[open++] = line[i];
            continue;
        }
        if (open == 0 || line[i] - stack[open - 1] < 1 || line[i] - stack[open - 1] > 2) {
            printf("stop at %d\n", i + 1);
            return 0;
        }
        open--;
    }
    if (open > 0)
        printf("open %d\n", open);
    else
        puts("good");
    return 0;
}
