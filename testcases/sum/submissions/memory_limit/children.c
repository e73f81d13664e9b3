/* Eight children hold 64 MiB each at the same time: none of them is over the limit
   alone, all of them together are. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void hold(int ready, int done) {
    size_t size = 64 << 20;
    volatile char *space = malloc(size);
    char byte = 0;
    if (space == NULL) _exit(1);
    for (size_t i = 0; i < size; i += 4096) space[i] = 1;
    if (write(ready, &byte, 1) != 1) _exit(1);
    _exit(read(done, &byte, 1) < 0);
}

int main(void) {
    long long n, entry, sum = 0;
    int ready[2], done[2];
    char byte;
    if (scanf("%lld", &n) != 1) return 1;
    while (scanf("%lld", &entry) == 1) sum += entry;
    if (n >= 5000) {
        if (pipe(ready) != 0 || pipe(done) != 0) return 1;
        for (int i = 0; i < 8; i++) {
            pid_t child = fork();
            if (child < 0) return 1;
            if (child == 0) {
                close(done[1]);
                hold(ready[1], done[0]);
            }
        }
        close(ready[1]);
        for (int i = 0; i < 8; i++)
            if (read(ready[0], &byte, 1) != 1) return 1;
        close(done[1]);
        while (wait(NULL) > 0) {
        }
    }
    printf("%lld\n", sum);
    return 0;
}
