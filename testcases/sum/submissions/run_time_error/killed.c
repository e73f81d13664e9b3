/* Dies of SIGKILL by its own hand: neither a time nor a memory limit. */
#include <signal.h>
#include <unistd.h>

int main(void) {
    kill(getpid(), SIGKILL);
    return 0;
}
