/* On the largest test the work is done by three children, 0.5 s of CPU time each;
   the first process itself uses almost none. Time counts for all of them. */
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double cpu(void) {
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return now.tv_sec + now.tv_nsec / 1e9;
}

int main(void) {
    long long n, entry, sum = 0;
    if (scanf("%lld", &n) != 1) return 1;
    while (scanf("%lld", &entry) == 1) sum += entry;
    if (n == 100000) {
        for (int i = 0; i < 3; i++) {
            pid_t child = fork();
            if (child < 0) return 1;
            if (child == 0) {
                while (cpu() < 0.5) {
                }
                _exit(0);
            }
        }
        while (wait(NULL) > 0) {
        }
    }
    printf("%lld\n", sum);
    return 0;
}
