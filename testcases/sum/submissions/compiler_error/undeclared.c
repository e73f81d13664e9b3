#include <stdio.h>

int main(void) {
    printf("%lld\n", sum);
    return 0;
}
