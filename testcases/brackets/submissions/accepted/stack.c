#include <stdio.h>
#include <string.h>

int main(void) {
    static const char opening[] = "([{", closing[] = ")]}";
    char line[1002], stack[1002];
    int open = 0;
    if (scanf("%1001s", line) != 1) return 1;
    for (int i = 0; line[i] != 0; i++) {
        const char *kind = strchr(opening, line[i]);
        if (kind != NULL) {
            stack[open++] = closing[kind - opening];
        } else if (open == 0 || stack[--open] != line[i]) {
            printf("stop at %d\n", i + 1);
            return 0;
        }
    }
    if (open > 0)
        printf("open %d\n", open);
    else
        puts("good");
    return 0;
}
