#include <stdio.h>

/* @EXPECTED_RESULTS@: WRONG-ANSWER
 */
int main(void) {
    int n;
    scanf("%d", &n);
    while (n-- > 0) printf("1 ");
    puts("");
}
